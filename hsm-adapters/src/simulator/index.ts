/**
 * A device that is only pretended, for tests of everything above it, for benches, and for trying Yinxin without a device.
 *
 * {@link driver} makes software keys in a folder, which several processes share as they would share a device. Its
 * configuration and a control file ({@link writeSimulatorControl}) say what goes wrong and when: it is slow, fails with any
 * code, drops sessions, is pulled out and put back, crashes, hangs, answers nonsense. {@link createSimulator} also counts what
 * the client did to it. It guards nothing: nobody signs with it what matters.
 */
export { createSimulator, driver } from "./simulator.ts";
export type { Simulator } from "./simulator.ts";
export type { SimulatorStatistics } from "./simulated-state.ts";
export { readSimulatorConfig } from "./simulator-config.ts";
export type { SimulatorConfig } from "./simulator-config.ts";
export { writeSimulatorControl } from "./control-file.ts";
export type { SimulatorControl } from "./control-file.ts";
export type { SimulatedBehaviour, SimulatedFault, SimulatedOperation } from "./simulated-fault.ts";
