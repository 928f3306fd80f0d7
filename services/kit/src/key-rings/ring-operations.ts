import { z } from "zod";

import { breakGlassName, defineChangeOperation } from "../approvals/index.ts";
import type { ApprovedChange, ChangeOperation, ChangePreview } from "../approvals/index.ts";
import type { Localized } from "../problems/index.ts";
import { refuse } from "../problems/index.ts";
import { noRing } from "./add-version.ts";
import type { KeyRingRefusalCode } from "./key-ring-problems.ts";
import { purposeOf } from "./freeze-scope.ts";
import type { KeyRings } from "./key-rings.ts";
import type { FreezeScope, KeyMoveFacts } from "./ring-facts.ts";
import { leavingOf } from "./key-states.ts";
import type { KeyState } from "./key-states.ts";
import type { KeyVersion } from "./key-version.ts";
import { nameOf, notFound } from "./record-use.ts";

/** A number that a person can judge an effect by: 1,240 seals. */
export interface StoppedThing {
  readonly name: string;
  readonly what: Localized;
  readonly count: number;
}

export interface RingOperationsDeps {
  readonly rings: KeyRings;
  /** Whether this service has such a seal or unit; nothing that it does not have can be stopped. Rings it knows by itself. */
  readonly knowsScope?: (scope: FreezeScope) => Promise<boolean>;
  /** What stands still while this purpose or scope does: the service knows. */
  readonly stopped?: (scope: FreezeScope) => Promise<readonly StoppedThing[]>;
}

/** What one officer may stop at once, and two let go on. */
export function ringOperations(deps: RingOperationsDeps): ChangeOperation[] {
  return [
    moveOperation(deps, {
      name: "key.suspend",
      title: { zh: "挂起密钥", en: "Suspend a key" },
      from: "active",
      to: "suspended",
      effect: { zh: "立即停止签名", en: "stops signing at once" },
    }),
    moveOperation(deps, {
      name: "key.resume",
      title: { zh: "恢复密钥", en: "Resume a key" },
      from: "suspended",
      to: "active",
      effect: { zh: "恢复签名", en: "signs again" },
    }),
    scopeOperation(deps, {
      name: "scope.freeze",
      title: { zh: "冻结范围", en: "Freeze a scope" },
      isFreeze: true,
      effect: { zh: "立即停止", en: "stops at once" },
    }),
    scopeOperation(deps, {
      name: "scope.thaw",
      title: { zh: "解冻范围", en: "Thaw a scope" },
      isFreeze: false,
      effect: { zh: "恢复", en: "goes on" },
    }),
  ];
}

const versionNumber = z.int().min(1).max(1_000_000);
/** Without a version it is the one in the state that the operation starts from. */
const moveParameters = z.strictObject({ version: versionNumber.optional() });

interface MoveOperation {
  readonly name: string;
  readonly title: Localized;
  readonly from: KeyState;
  readonly to: KeyState;
  readonly effect: Localized;
}

function moveOperation(deps: RingOperationsDeps, operation: MoveOperation): ChangeOperation {
  const { name, title, from, to, effect } = operation;
  const { rings } = deps;
  return defineChangeOperation({
    name,
    title,
    parameters: moveParameters,
    preview: async (purpose, { version: wanted }) => {
      const version = versionToMove(purpose, await rings.versions(purpose), operation, wanted);
      const stopped = (await deps.stopped?.(`key:${purpose}`)) ?? [];
      const rate = (await rings.signRates()).find((one) => one.purpose === purpose);
      return movePreview(version, effect, stopped, rate?.lastHour ?? 0);
    },
    execute: async ({ tx, change, at }) => {
      const { target: purpose, parameters } = change;
      const ringsNow = rings.in(tx);
      const versions = await ringsNow.versions(purpose);
      const { version } = versionToMove(purpose, versions, operation, parameters.version);
      await ringsNow.move({ purpose, version }, to, factsOf(change, at));
      return { purpose, version, from, to, at: at.toISOString() };
    },
  });
}

/** @throws Refusal if there is no such version or it is not in the state that the operation starts from. */
function versionToMove(
  purpose: string,
  versions: readonly KeyVersion[],
  { from, to }: MoveOperation,
  wanted: number | undefined,
): KeyVersion {
  if (versions.length === 0) throw noRing(purpose);
  const version =
    wanted === undefined
      ? (versions.findLast(({ state }) => state === from) ?? versions.at(-1))
      : versions.find((candidate) => candidate.version === wanted);
  if (version === undefined) throw notFound({ purpose, version: wanted ?? 0 });
  if (version.state === from && leavingOf(from, to) !== undefined) return version;
  throw refuse<KeyRingRefusalCode>("key-move-not-allowed", {
    zh: `密钥 ${nameOf(version)} 处于 ${version.state} 状态，而不是 ${from}。`,
    en: `The key ${nameOf(version)} is ${version.state} and not ${from}.`,
  });
}

function movePreview(
  version: KeyVersion,
  effect: Localized,
  stopped: readonly StoppedThing[],
  lastHour: number,
): ChangePreview {
  const [made, recent] = [version.signatures, lastHour].map((count) => count.toLocaleString("en"));
  return {
    effect: [
      {
        zh: `密钥 ${nameOf(version)}（${version.algorithm}）${effect.zh}。`,
        en: `The key ${nameOf(version)} (${version.algorithm}) ${effect.en}.`,
      },
      {
        zh: `已签名 ${made ?? ""} 次，最近一小时 ${recent ?? ""} 次。`,
        en: `It made ${made ?? ""} signatures, ${recent ?? ""} of them in the last hour.`,
      },
      ...stopped.map(lineOf),
    ],
    numbers: { signatures: version.signatures, signatures_last_hour: lastHour, ...numbersOf(stopped) },
    steps: [{ name: "move", title: { zh: "改变密钥状态", en: "Change the state of the key" } }],
  };
}

function lineOf({ what, count }: StoppedThing): Localized {
  const number = count.toLocaleString("en");
  return { zh: `${what.zh}：${number}`, en: `${what.en}: ${number}` };
}

function numbersOf(things: readonly StoppedThing[]): Record<string, number> {
  return Object.fromEntries(things.map(({ name, count }) => [name, count]));
}

/** What the change says of who did it, for the ring. Each approver is another person: the approvals see to that. */
function factsOf(change: ApprovedChange, at: Date): KeyMoveFacts {
  return {
    at,
    reason: change.reason,
    actor: change.executor,
    persons: change.approvers,
    isBreakGlass: change.approvers.includes(breakGlassName),
    changeId: change.id,
  };
}

/** `unit:` and `seal:` carry an identifier of the service, `key:` a purpose. */
const scopePattern = /^(key|seal|unit):[A-Za-z0-9._-]{1,128}$/;

/**
 * Reads what is to be frozen.
 *
 * @throws Refusal `scope-malformed`.
 */
export function parseScope(text: string): FreezeScope {
  if (scopePattern.test(text)) return text as FreezeScope;
  throw refuse<KeyRingRefusalCode>("scope-malformed", {
    zh: "范围写作 key:用途、seal:印章标识 或 unit:单位标识。",
    en: "A scope is key:PURPOSE, seal:ID or unit:ID.",
  });
}

function unknownScope(scope: FreezeScope): Error {
  return refuse<KeyRingRefusalCode>("scope-unknown", {
    zh: `这里没有 ${scope}，没有冻结任何东西。`,
    en: `There is no ${scope} here; nothing was frozen.`,
  });
}

interface ScopeOperation {
  readonly name: string;
  readonly title: Localized;
  readonly isFreeze: boolean;
  readonly effect: Localized;
}

function scopeOperation(deps: RingOperationsDeps, operation: ScopeOperation): ChangeOperation {
  const { name, title, isFreeze, effect } = operation;
  const { rings } = deps;
  return defineChangeOperation({
    name,
    title,
    parameters: z.strictObject({}),
    preview: async (target) => {
      const scope = parseScope(target);
      await checkScope(rings, scope, isFreeze);
      if (isFreeze && !scope.startsWith("key:") && (await deps.knowsScope?.(scope)) === false) {
        throw unknownScope(scope);
      }
      const stopped = (await deps.stopped?.(scope)) ?? [];
      return {
        effect: [{ zh: `${scope} ${effect.zh}。`, en: `${scope} ${effect.en}.` }, ...stopped.map(lineOf)],
        numbers: numbersOf(stopped),
        steps: [{ name: isFreeze ? "freeze" : "thaw", title }],
      };
    },
    execute: async ({ tx, change, at }) => {
      const scope = parseScope(change.target);
      const facts = factsOf(change, at);
      const ringsNow = rings.in(tx);
      if (isFreeze) await ringsNow.freeze(scope, facts);
      else await ringsNow.thaw(scope, facts);
      return { scope, is_frozen: isFreeze, at: at.toISOString() };
    },
  });
}

async function checkScope(rings: KeyRings, scope: FreezeScope, isFreeze: boolean): Promise<void> {
  const purpose = purposeOf(scope);
  if (purpose !== undefined && (await rings.ring(purpose)) === undefined) throw noRing(purpose);
  const isFrozen = (await rings.freezes()).some((freeze) => freeze.scope === scope);
  if (isFrozen !== isFreeze) return;
  throw refuse<KeyRingRefusalCode>(isFrozen ? "scope-already-frozen" : "scope-not-frozen", scope);
}
