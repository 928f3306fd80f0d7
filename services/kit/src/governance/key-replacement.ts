import { bytesOfBase64, utf8Of } from "@yinxin/crypto/bytes";
import { encodeLogPolicy, encodeNoteKey, isSameKey, parseLogPolicy, parseNoteKey } from "@yinxin/crypto/tlog";
import { TlogError } from "@yinxin/crypto/tlog";
import type { LogPolicy, NoteKey } from "@yinxin/crypto/tlog";
import { z } from "zod";

import {
  changeExportSchema,
  readChangeRequest,
  verifyChangeExport,
  verifyPolicyChain,
} from "../approvals/index.ts";
import type { ChangeRequest, GovernanceTrust } from "../approvals/index.ts";

/** The operation that officers approve. */
export const keyReplacementOperation = "audit.replace-key";

/**
 * What officers sign when the key of a log or of a witness was lost: which key it was, and which takes its place. The lost key could
 * vouch for anybody, so their word stands in for its.
 */
export const keyReplacementParameters = z.strictObject({
  /** Verifier keys of one name (C2SP signed-note). */
  from: z.string().max(4096),
  to: z.string().max(4096),
  /** The first moment at which the lost key may have been in other hands. */
  since: z.iso.datetime({ offset: true }),
});

/** A replacement that officers approved. */
export interface KeyReplacement {
  readonly change: string;
  readonly from: NoteKey;
  readonly to: NoteKey;
  readonly since: string;
  /** Digests of the later policies that were proved to have been in force: the proof of each may be under the lost key. */
  readonly policies: readonly string[];
}

/** Why a change replaces no key. */
export class KeyReplacementError extends Error {
  readonly code: "change-not-approved" | "key-not-trusted" | "key-replaced";

  constructor(code: KeyReplacementError["code"], message: string) {
    super(message);
    this.name = "KeyReplacementError";
    this.code = code;
  }
}

/**
 * Reads a replacement from the export of a change, by the officers' roots of the trust file. No word of the lost key is needed for it,
 * and none of the new one is taken: it could say of any policy that it came into force.
 *
 * @throws KeyReplacementError `change-not-approved` for anything that enough officers did not approve.
 */
export function readKeyReplacement(exported: unknown, trust: GovernanceTrust): KeyReplacement {
  const request = requestIn(exported);
  const replacement = request && replacementOf(request);
  if (replacement === undefined) throw notApproved("the change replaces no key of a log");
  const { verdict, checks, counted, needed } = verifyChangeExport(exported, trust);
  if (verdict === "authorized") return { ...replacement, policies: laterPolicies(exported, trust) };
  const failed = checks.find(({ result }) => result === "failed");
  throw notApproved(
    failed?.detail ?? `${String(counted)} of ${String(needed)} officers signed it (${verdict})`,
  );
}

function laterPolicies(exported: unknown, trust: GovernanceTrust): readonly string[] {
  const { policies } = changeExportSchema.parse(exported);
  return verifyPolicyChain(policies, trust)
    .policies.slice(1)
    .map(({ digest }) => digest);
}

function notApproved(why: string): KeyReplacementError {
  return new KeyReplacementError("change-not-approved", why);
}

/** What the change asks for, not yet believed. */
function requestIn(exported: unknown): ChangeRequest | undefined {
  const parsed = changeExportSchema.safeParse(exported);
  return parsed.success ? readChangeRequest(bytesOfBase64(parsed.data.change.request)).value : undefined;
}

function replacementOf({
  id,
  operation,
  parameters,
}: ChangeRequest): Omit<KeyReplacement, "policies"> | undefined {
  const parsed = keyReplacementParameters.safeParse(parameters);
  if (operation !== keyReplacementOperation || !parsed.success) return undefined;
  const [from, to] = [keyIn(parsed.data.from), keyIn(parsed.data.to)];
  if (from === undefined || to === undefined || !isOfName(from, to) || isSameKey(from, to)) return undefined;
  return { change: id, from, to, since: parsed.data.since };
}

function keyIn(text: string): NoteKey | undefined {
  try {
    return parseNoteKey(text);
  } catch (cause) {
    if (cause instanceof TlogError) return undefined;
    throw cause;
  }
}

function isWitnessKey({ kind }: NoteKey): boolean {
  return kind.startsWith("cosignature-");
}

function policyOf({ logs }: GovernanceTrust): LogPolicy {
  return parseLogPolicy(utf8Of(logs));
}

/**
 * The trust file after a replacement: the new key stands alone under its name. Every earlier one leaves with the lost key, since what
 * each of them signed leads to the lost one; and none comes back. The policies that they proved until now stay known. A replacement that the file had already changes nothing: the key may
 * have been rotated since.
 *
 * @throws KeyReplacementError `key-not-trusted` where the file has no key of this name, `key-replaced` where the new key was replaced
 *   itself; TlogError for a file whose policy of logs cannot be read.
 */
export function withKeyReplaced(
  trust: GovernanceTrust,
  { change, to, since, policies }: KeyReplacement,
): GovernanceTrust {
  const policy = policyOf(trust);
  const former = trust.replaced_log_keys ?? [];
  const parties = isWitnessKey(to) ? policy.witnesses : policy.logs;
  const leaving = parties.filter(({ key }) => isOfName(key, to));
  if (leaving.length === 0) {
    throw new KeyReplacementError("key-not-trusted", `the trust file has no key of ${to.name}`);
  }
  refuseReplaced(trust, to);
  if (former.some((entry) => entry.change === change)) return trust;
  const gone = leaving.map(({ key }) => encodeNoteKey(key)).filter((key) => key !== encodeNoteKey(to));
  return {
    ...trust,
    logs: encodeLogPolicy(isWitnessKey(to) ? withWitness(policy, to) : withLog(policy, to)),
    replaced_log_keys: [...former, ...gone.map((key) => ({ key, since, change }))],
    ...(policies.length > 0 && {
      policies_in_force: [...new Set([...(trust.policies_in_force ?? []), ...policies])],
    }),
  };
}

function refuseReplaced({ replaced_log_keys: former = [] }: GovernanceTrust, to: NoteKey): void {
  if (!former.some(({ key }) => key === encodeNoteKey(to))) return;
  throw new KeyReplacementError("key-replaced", `the key was replaced itself: ${encodeNoteKey(to)}`);
}

function isOfName(key: NoteKey, { name, kind }: NoteKey): boolean {
  return key.name === name && key.kind === kind;
}

function withLog(policy: LogPolicy, to: NoteKey): LogPolicy {
  const [first] = policy.logs.filter(({ key }) => isOfName(key, to));
  const others = policy.logs.filter(({ key }) => !isOfName(key, to));
  return { ...policy, logs: [...others, { ...first, key: to }] };
}

/** The witness keeps the first of the names that the policy has for it, and stands in every group in which it stood by any. */
function withWitness(policy: LogPolicy, to: NoteKey): LogPolicy {
  const [first, ...later] = policy.witnesses.filter(({ key }) => isOfName(key, to));
  const gone = new Set(later.map(({ name }) => name));
  return {
    ...policy,
    witnesses: policy.witnesses
      .filter(({ name }) => !gone.has(name))
      .map((witness) => (witness === first ? { ...witness, key: to } : witness)),
    groups: policy.groups.map((group) => ({
      ...group,
      members: group.members.filter((member) => !gone.has(member)),
    })),
  };
}

/** The files by which services know each other's logs (`AUDIT_WITNESSED_LOGS_FILE`, `AUDIT_WITNESSES_FILE`). */
const witnessedLogs = z.looseObject({
  logs: z.array(z.looseObject({ origin: z.string(), vkeys: z.array(z.string()) })),
});
const witnesses = z.looseObject({ witnesses: z.array(z.looseObject({ vkey: z.string() })) });

/**
 * One of those files after a replacement.
 *
 * @param trust the trust file, for what it says of keys that were replaced.
 * @throws KeyReplacementError `key-not-trusted` for a file that has no key of this name, `key-replaced` where the new key was replaced
 *   itself.
 */
export function withKeyReplacedInFile(
  file: unknown,
  { to }: KeyReplacement,
  trust: GovernanceTrust,
): unknown {
  refuseReplaced(trust, to);
  const vkey = encodeNoteKey(to);
  const isOfIt = (text: string): boolean => {
    const key = keyIn(text);
    return key !== undefined && isOfName(key, to);
  };
  const known = witnessedLogs.safeParse(file).data;
  if (known?.logs.some(({ vkeys }) => vkeys.some(isOfIt)) === true) {
    const logs = known.logs.map((log) => (log.vkeys.some(isOfIt) ? { ...log, vkeys: [vkey] } : log));
    return { ...known, logs };
  }
  const asked = witnesses.safeParse(file).data;
  if (asked?.witnesses.some((witness) => isOfIt(witness.vkey)) === true) {
    const renewed = asked.witnesses.map((witness) => (isOfIt(witness.vkey) ? { ...witness, vkey } : witness));
    return { ...asked, witnesses: renewed };
  }
  throw new KeyReplacementError("key-not-trusted", `the file has no key of ${to.name}`);
}
