import type { DerElement } from "../der/index.ts";
import { digestAlgorithms } from "./digest-table.ts";
import type { DigestName } from "./digest-table.ts";
import { isNull, readAlgorithmIdentifier } from "./identifier.ts";
import { readPssParameters } from "./pss-parameters.ts";
import type { PssParameters } from "./pss-parameters.ts";
import { keyOids, signatureAlgorithmNames, signatureAlgorithms } from "./signature-table.ts";
import type {
  MlDsaParameterSet,
  SignatureAlgorithm,
  SignatureAlgorithmName,
  SignatureKind,
} from "./signature-table.ts";

/** How a signature is made, as an AlgorithmIdentifier says it. */
export interface SignatureScheme {
  readonly kind: SignatureKind;
  /** Of the AlgorithmIdentifier that said it. */
  readonly oid: string;
  /** Of the message; undefined where the scheme digests by itself (Ed25519, ML-DSA). */
  readonly digest: DigestName | undefined;
  /** RSA-PSS only: octets of salt. */
  readonly saltLength?: number;
  /** RSA-PSS only: the digest inside MGF1. */
  readonly mgfDigest?: DigestName;
  /** ML-DSA only. */
  readonly parameterSet?: MlDsaParameterSet;
  /** For people, e.g. `RSA-PSS with SHA-256`. */
  readonly label: string;
  /** The row of the suite that signs just so; undefined for a scheme that is only verified. */
  readonly name: SignatureAlgorithmName | undefined;
}

interface SchemeRow {
  readonly kind: Exclude<SignatureKind, "rsa-pss">;
  readonly digest: DigestName | undefined;
  readonly parameterSet?: MlDsaParameterSet;
}

/** Whether NULL may stand in the parameters of each kind; nothing at all may stand there in any of them. */
const nullRules: Readonly<Record<SchemeRow["kind"], "allowed" | "forbidden">> = {
  // Some authorities write NULL with SM2.
  sm2: "allowed",
  // RFC 4055 §5: NULL is right, and its absence must be accepted.
  "rsa-pkcs1": "allowed",
  // RFC 5758 §3.2 forbids it; some authorities write it nevertheless.
  ecdsa: "allowed",
  // RFC 5758 §3.1
  dsa: "forbidden",
  // RFC 8410 §3
  eddsa: "forbidden",
  // RFC 9881 §3
  "ml-dsa": "forbidden",
};

/** Every identifier of a signature that says all by itself; RSA-PSS needs its parameters. */
const schemeRows: ReadonlyMap<string, SchemeRow> = new Map<string, SchemeRow>([
  ["1.2.156.10197.1.501", { kind: "sm2", digest: "SM3" }],
  // RFC 3279 §2.2.3, RFC 5758 §3.2
  ["1.2.840.10045.4.1", { kind: "ecdsa", digest: "SHA-1" }],
  ["1.2.840.10045.4.3.1", { kind: "ecdsa", digest: "SHA-224" }],
  ["1.2.840.10045.4.3.2", { kind: "ecdsa", digest: "SHA-256" }],
  ["1.2.840.10045.4.3.3", { kind: "ecdsa", digest: "SHA-384" }],
  ["1.2.840.10045.4.3.4", { kind: "ecdsa", digest: "SHA-512" }],
  // SHA-3 with ECDSA and RSA: registered by NIST.
  ["2.16.840.1.101.3.4.3.10", { kind: "ecdsa", digest: "SHA3-256" }],
  ["2.16.840.1.101.3.4.3.11", { kind: "ecdsa", digest: "SHA3-384" }],
  ["2.16.840.1.101.3.4.3.12", { kind: "ecdsa", digest: "SHA3-512" }],
  // RFC 3279 §2.2.1, RFC 4055 §5
  ["1.2.840.113549.1.1.4", { kind: "rsa-pkcs1", digest: "MD5" }],
  ["1.2.840.113549.1.1.5", { kind: "rsa-pkcs1", digest: "SHA-1" }],
  ["1.2.840.113549.1.1.14", { kind: "rsa-pkcs1", digest: "SHA-224" }],
  ["1.2.840.113549.1.1.11", { kind: "rsa-pkcs1", digest: "SHA-256" }],
  ["1.2.840.113549.1.1.12", { kind: "rsa-pkcs1", digest: "SHA-384" }],
  ["1.2.840.113549.1.1.13", { kind: "rsa-pkcs1", digest: "SHA-512" }],
  ["2.16.840.1.101.3.4.3.14", { kind: "rsa-pkcs1", digest: "SHA3-256" }],
  ["2.16.840.1.101.3.4.3.15", { kind: "rsa-pkcs1", digest: "SHA3-384" }],
  ["2.16.840.1.101.3.4.3.16", { kind: "rsa-pkcs1", digest: "SHA3-512" }],
  // RFC 3279 §2.2.2, RFC 5758 §3.1
  ["1.2.840.10040.4.3", { kind: "dsa", digest: "SHA-1" }],
  ["2.16.840.1.101.3.4.3.1", { kind: "dsa", digest: "SHA-224" }],
  ["2.16.840.1.101.3.4.3.2", { kind: "dsa", digest: "SHA-256" }],
  [keyOids.ed25519, { kind: "eddsa", digest: undefined }],
  ["2.16.840.1.101.3.4.3.17", { kind: "ml-dsa", digest: undefined, parameterSet: "ML-DSA-44" }],
  ["2.16.840.1.101.3.4.3.18", { kind: "ml-dsa", digest: undefined, parameterSet: "ML-DSA-65" }],
  ["2.16.840.1.101.3.4.3.19", { kind: "ml-dsa", digest: undefined, parameterSet: "ML-DSA-87" }],
]);

/**
 * Reads the AlgorithmIdentifier of a signature (RFC 5280 §4.1.1.2).
 *
 * @returns undefined for an algorithm we do not know, or one we know with parameters that it cannot have.
 * @throws DerError if it is no AlgorithmIdentifier, or its RSASSA-PSS-params are malformed.
 */
export function readSignatureScheme(algorithmIdentifier: DerElement): SignatureScheme | undefined {
  const { oid, parameters } = readAlgorithmIdentifier(algorithmIdentifier);
  if (oid === keyOids.rsaPss) {
    // RFC 4055 §3.1: as a signature's algorithm it must have parameters.
    const pss = parameters === undefined ? undefined : readPssParameters(parameters);
    return pss && pssScheme(pss);
  }
  const row = schemeRows.get(oid);
  if (row === undefined) return undefined;
  const isPlain = parameters === undefined || (nullRules[row.kind] === "allowed" && isNull(parameters));
  return isPlain ? schemeOfRow(oid, row) : undefined;
}

/** The scheme of a row that the suite signs with. */
export function schemeOf(name: SignatureAlgorithmName): SignatureScheme {
  return ownSchemes[name];
}

/** Where an identifier of a key stands in the place of a signature's, the digest comes from somewhere else. */
export function schemeWithDigest(
  kind: "sm2" | "ecdsa" | "rsa-pkcs1" | "dsa",
  oid: string,
  digest: DigestName,
): SignatureScheme {
  return schemeOfRow(oid, { kind, digest });
}

export function pssScheme(parameters: PssParameters): SignatureScheme {
  const { digest, mgfDigest, saltLength } = parameters;
  const ends = mgfDigest === digest ? "" : ` and MGF1 with ${mgfDigest}`;
  return {
    kind: "rsa-pss",
    oid: keyOids.rsaPss,
    digest,
    mgfDigest,
    saltLength,
    label: `RSA-PSS with ${digest}${ends}`,
    name: ownPssName(parameters),
  };
}

const kindLabels: Readonly<Record<SchemeRow["kind"], string>> = {
  sm2: "SM2",
  ecdsa: "ECDSA",
  "rsa-pkcs1": "RSA",
  dsa: "DSA",
  eddsa: "Ed25519",
  "ml-dsa": "ML-DSA",
};

function schemeOfRow(oid: string, row: SchemeRow): SignatureScheme {
  const { kind, digest, parameterSet } = row;
  const plain = parameterSet ?? kindLabels[kind];
  return {
    ...row,
    oid,
    label: digest === undefined ? plain : `${plain} with ${digest}`,
    name: ownName(kind, digest, parameterSet),
  };
}

function ownName(
  kind: SignatureKind,
  digest: DigestName | undefined,
  parameterSet: MlDsaParameterSet | undefined,
): SignatureAlgorithmName | undefined {
  return signatureAlgorithmNames.find((name) => {
    const row = signatureAlgorithms[name];
    return row.kind === kind && row.digest === digest && (kind !== "ml-dsa" || name === parameterSet);
  });
}

/** JOSE and the suite: MGF1 over the same digest, and a salt as long as it. */
function ownPssName({ digest, mgfDigest, saltLength }: PssParameters): SignatureAlgorithmName | undefined {
  const isOwn = mgfDigest === digest && saltLength === digestAlgorithms[digest].lengthBytes;
  return isOwn ? ownName("rsa-pss", digest, undefined) : undefined;
}

const ownSchemes = Object.fromEntries(
  signatureAlgorithmNames.map((name): [string, SignatureScheme] => [name, schemeOfName(name)]),
) as Readonly<Record<SignatureAlgorithmName, SignatureScheme>>;

function schemeOfName(name: SignatureAlgorithmName): SignatureScheme {
  const { oid, kind, digest }: SignatureAlgorithm = signatureAlgorithms[name];
  if (kind === "rsa-pss" && digest !== undefined) {
    return pssScheme({ digest, mgfDigest: digest, saltLength: digestAlgorithms[digest].lengthBytes });
  }
  const row = schemeRows.get(oid);
  if (row === undefined) throw new RangeError(`${name} is not in the table of schemes`);
  return schemeOfRow(oid, row);
}
