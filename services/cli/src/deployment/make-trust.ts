import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { bytesOfBase64, derOfPem, pemOfDer } from "@yinxin/crypto/bytes";
import { encodeNoteKey } from "@yinxin/crypto/tlog";
import type { LogPolicy } from "@yinxin/crypto/tlog";
import { validatePath } from "@yinxin/crypto/x509";
import {
  documentDigest,
  policyChainSchema,
  readOfficerPolicy,
  verifyPolicyChain,
} from "@yinxin/service-kit/approvals";
import type { GovernanceTrust, OpenPolicy, PolicyChain } from "@yinxin/service-kit/approvals";

import { CommandFailure, FileError, readWhole } from "../terminal/index.ts";
import type { Bilingual } from "../terminal/index.ts";
import type { FirstLogKeys } from "./first-log-keys.ts";

/** Larger than every first policy. */
const policyBytesMax = 4 * 1024 * 1024;
const rootBytesMax = 256 * 1024;
const groupName = "witnesses";

/** A chain of officer policies, as `yinxin officers genesis` writes it. @throws CommandFailure `policy-refused`; FileError */
export async function readChain(file: string): Promise<PolicyChain> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readWhole(file, policyBytesMax));
    return policyChainSchema.parse(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw failure(
      "policy-refused",
      { zh: `${file} 不是审批策略链。`, en: `${file} is no chain of officer policies.` },
      cause,
    );
  }
}

/** The deployment that the first policy is for. @throws CommandFailure `policy-refused` */
export function deploymentOf({ genesis }: Pick<PolicyChain, "genesis">): string {
  const { value, problem } = readOfficerPolicy(bytesOfBase64(genesis));
  if (value !== undefined) return value.deployment;
  throw failure("policy-refused", {
    zh: `首份审批策略不可读。（${problem}）`,
    en: `The first officer policy cannot be read. ${problem}`,
  });
}

/**
 * The trust file of a deployment, its first policy held against the roots: an officer whom it does not reach could never approve.
 *
 * @throws CommandFailure `policy-refused`, `officers-not-under-roots`, `root-malformed`; FileError
 */
export async function makeTrust(parts: {
  readonly chain: PolicyChain;
  readonly roots: readonly string[];
  readonly logs: string;
  /** When the officers' certificates have to be valid. */
  readonly at: Date;
}): Promise<GovernanceTrust> {
  const genesis = bytesOfBase64(parts.chain.genesis);
  const trust: GovernanceTrust = {
    deployment: deploymentOf(parts.chain),
    policy_genesis: documentDigest(genesis),
    officer_roots: (await Promise.all(parts.roots.map(readRoots))).flat(),
    logs: parts.logs,
  };
  const { isValid, checks, policies } = verifyPolicyChain({ ...parts.chain, changes: [] }, trust);
  const [first] = policies;
  if (!isValid || first === undefined) {
    const why = checks.find(({ result }) => result === "failed")?.detail ?? "";
    throw failure("policy-refused", {
      zh: `首份审批策略不成立。（${why}）`,
      en: `The first officer policy does not hold. ${why}`,
    });
  }
  const strangers = notUnderRoots(first, parts.at);
  if (strangers.length === 0) return trust;
  throw failure("officers-not-under-roots", {
    zh: `这些管理员的证书不在所给的根之下，或现已失效：${strangers.join("、")}。`,
    en: `The certificates of these officers are not under the roots that were given, or not valid now: ${strangers.join(", ")}.`,
  });
}

/** Officers, and the emergency key, whose signatures nobody would believe now (RFC 5280 §6.1). */
function notUnderRoots({ signatories, intermediates, anchors }: OpenPolicy, at: Date): readonly string[] {
  const policy = { algorithms: "default", requiredKeyUsage: ["digitalSignature"] } as const;
  return signatories
    .filter(({ certificate }) => !validatePath({ certificate, intermediates, anchors, at, policy }).isValid)
    .map(({ id }) => id);
}

async function readRoots(file: string): Promise<readonly string[]> {
  const ders = derOfPem(new TextDecoder().decode(await readWhole(file, rootBytesMax)), "CERTIFICATE");
  if (ders.length > 0) return ders.map((der) => pemOfDer(der, "CERTIFICATE"));
  throw failure("root-malformed", {
    zh: `${file} 中没有证书（PEM）。`,
    en: `${file} holds no certificate in PEM.`,
  });
}

function failure(code: string, words: Bilingual, cause?: unknown): CommandFailure {
  return new CommandFailure(code, words, {
    cause,
    next: {
      zh: "yinxin officers genesis（首份策略）；--officer-root 为签发管理员证书的根",
      en: "yinxin officers genesis makes the first policy; --officer-root is who issued the officers' certificates",
    },
  });
}

/** Each log by its first key, and how many of the witnesses have to have cosigned (C2SP tlog-policy). */
export function logPolicyOf(keys: readonly FirstLogKeys[], quorum: number): LogPolicy {
  const witnesses = keys.flatMap(({ service, witness }) =>
    witness === undefined ? [] : [{ name: service.name, key: witness, url: service.url }],
  );
  const members = witnesses.map(({ name }) => name);
  return {
    logs: keys.map(({ audit }) => ({ key: audit })),
    witnesses,
    groups: quorum === 0 ? [] : [{ name: groupName, threshold: quorum, members }],
    quorum: quorum === 0 ? undefined : groupName,
  };
}

/** What `AUDIT_WITNESSES_FILE` and `AUDIT_WITNESSED_LOGS_FILE` of each service name: everybody but itself. */
export async function writeWitnessFiles(folder: string, keys: readonly FirstLogKeys[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { service, witness } of keys) {
    const others = keys.filter((each) => each.service.name !== service.name);
    const witnesses = others.flatMap((other) =>
      other.witness === undefined ? [] : [{ url: other.service.url, vkey: encodeNoteKey(other.witness) }],
    );
    if (witnesses.length > 0) await writeJson(join(folder, `witnesses-${service.name}.json`), { witnesses });
    if (witness !== undefined)
      await writeJson(join(folder, `witnessed-logs-${service.name}.json`), {
        name: witness.name,
        logs: others.map(({ audit }) => ({ origin: audit.name, vkeys: [encodeNoteKey(audit)] })),
      });
  }
}

/** A file for everybody to read, which must not be there yet. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(value, undefined, 2)}\n`, { flag: "wx", mode: 0o644 });
}
