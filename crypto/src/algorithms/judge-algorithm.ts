import { digestAlgorithms } from "./digest-table.ts";
import type { DigestAlgorithm, DigestName } from "./digest-table.ts";
import type { PublicKeyInfo, PublicKeyKind } from "./public-key.ts";
import type { SignatureScheme } from "./signature-scheme.ts";
import type { SignatureKind } from "./signature-table.ts";

/** `conformance` also accepts what published test suites use and nobody else should: DSA, SHA-1, MD5, short RSA keys. */
export type AlgorithmPolicy = "default" | "conformance";

export interface AlgorithmUse {
  /** How something was signed. */
  readonly scheme?: SignatureScheme;
  /** How something was digested. */
  readonly digest?: DigestName;
  /** What it was signed with, or what is certified. */
  readonly publicKey?: PublicKeyInfo;
  /** When, as far as it is proven. */
  readonly at: Date;
  readonly policy: AlgorithmPolicy;
}

export type AlgorithmProblemCode =
  "algorithm-unknown" | "algorithm-expired" | "key-too-small" | "algorithm-not-permitted";

export type AlgorithmJudgement =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly code: AlgorithmProblemCode; readonly detail: string };

interface KindRow {
  /** Undefined: the kind of key has one size, or its name says it. */
  readonly bitsLeast: Readonly<Record<AlgorithmPolicy, number>> | undefined;
  readonly policies: readonly AlgorithmPolicy[];
}

const both = ["default", "conformance"] as const;

/** The one table of what is accepted; digests have their dates in the digest table. */
const keyRows: Readonly<Record<Exclude<PublicKeyKind, "unknown">, KindRow>> = {
  ec: { bitsLeast: { default: 256, conformance: 256 }, policies: both },
  rsa: { bitsLeast: { default: 2048, conformance: 1024 }, policies: both },
  ed25519: { bitsLeast: undefined, policies: both },
  "ml-dsa": { bitsLeast: undefined, policies: both },
  // FIPS 186-5 took DSA away.
  dsa: { bitsLeast: { default: 2048, conformance: 1024 }, policies: ["conformance"] },
};

const keyKinds: Readonly<Record<SignatureKind, PublicKeyKind>> = {
  sm2: "ec",
  ecdsa: "ec",
  "rsa-pkcs1": "rsa",
  "rsa-pss": "rsa",
  eddsa: "ed25519",
  "ml-dsa": "ml-dsa",
  dsa: "dsa",
};

const accepted: AlgorithmJudgement = { accepted: true };

/**
 * Whether an algorithm was good enough at a time. A digest alone is judged by its date: a document digested with SHA-1
 * in 2010 is, one of 2020 is not. A *signature* over SHA-1 or MD5 is accepted under `conformance` only, whatever the
 * date: who can make two texts with one digest chooses which of them he shows.
 *
 * Says nothing about the validity of the signature itself.
 */
export function judgeAlgorithm({ scheme, digest, publicKey, at, policy }: AlgorithmUse): AlgorithmJudgement {
  const judgements = [
    scheme === undefined ? accepted : judgeScheme(scheme, at, policy),
    digest === undefined ? accepted : judgeDigest(digest, at, policy),
    publicKey === undefined ? accepted : judgeKey(publicKey, policy),
  ];
  return judgements.find((judgement) => !judgement.accepted) ?? accepted;
}

function judgeScheme(scheme: SignatureScheme, at: Date, policy: AlgorithmPolicy): AlgorithmJudgement {
  const kind = keyKinds[scheme.kind];
  if (kind === "unknown") return refuse("algorithm-unknown", `${scheme.label} is unknown`);
  if (!keyRows[kind].policies.includes(policy)) {
    return refuse("algorithm-not-permitted", `${scheme.label} is not accepted any more`);
  }
  for (const name of [scheme.digest, scheme.mgfDigest]) {
    const judgement = name === undefined ? accepted : judgeSignedDigest(name, scheme.label, at, policy);
    if (!judgement.accepted) return judgement;
  }
  return accepted;
}

function judgeSignedDigest(
  name: DigestName,
  label: string,
  at: Date,
  policy: AlgorithmPolicy,
): AlgorithmJudgement {
  const dated = judgeDigest(name, at, policy);
  const { acceptedUntil }: DigestAlgorithm = digestAlgorithms[name];
  if (!dated.accepted || policy === "conformance" || acceptedUntil === undefined) return dated;
  return refuse("algorithm-not-permitted", `${label} is not accepted: collisions of ${name} can be made`);
}

function judgeDigest(name: DigestName, at: Date, policy: AlgorithmPolicy): AlgorithmJudgement {
  const { acceptedUntil }: DigestAlgorithm = digestAlgorithms[name];
  // Written so that a time that is none counts as too late.
  if (policy === "conformance" || acceptedUntil === undefined || at <= acceptedUntil) return accepted;
  return refuse(
    "algorithm-expired",
    `${name} was accepted until ${acceptedUntil.toISOString().slice(0, 10)}`,
  );
}

function judgeKey(publicKey: PublicKeyInfo, policy: AlgorithmPolicy): AlgorithmJudgement {
  const { kind, bits, keyOid } = publicKey;
  if (kind === "unknown")
    return refuse("algorithm-unknown", `the key of type ${keyOid} is unknown or malformed`);
  const { policies, bitsLeast } = keyRows[kind];
  if (!policies.includes(policy)) {
    return refuse("algorithm-not-permitted", `${kind} keys are not accepted any more`);
  }
  const least = bitsLeast?.[policy];
  // A DSA key that inherits its parameters does not say its size; the key it is verified with does.
  if (least === undefined || bits === undefined || bits >= least) return accepted;
  return refuse("key-too-small", `the ${kind} key has ${String(bits)} bits, fewer than ${String(least)}`);
}

function refuse(code: AlgorithmProblemCode, detail: string): AlgorithmJudgement {
  return { accepted: false, code, detail };
}
