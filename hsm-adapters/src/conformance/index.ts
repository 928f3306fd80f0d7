/**
 * The conformance kit: whether a device, its library and its profile keep the promises of `KeyStore`, as a table.
 *
 * {@link runConformance} works through any store that can be opened again and again, and gives a row as soon as it is known:
 * passed, failed, or not applicable with the reason. It is what `yinxin keys conformance` prints, so that an agency can put its own
 * hardware to the test. What it cannot do through a store, such as pulling a card, it does through
 * {@link ConformanceHooks}; {@link createDisturbances} has those that work on any device behind a driver host.
 */
export { runConformance } from "./run-conformance.ts";
export { countOpenHandles } from "./count-open-handles.ts";
export { createDisturbances } from "./disturbances.ts";
export type { Disturbances } from "./disturbances.ts";
export type { Bilingual, ConformanceResult, ConformanceRow } from "./conformance-row.ts";
export type { ConformanceHooks, ConformanceOptions, WrongPinHook } from "./conformance-options.ts";
