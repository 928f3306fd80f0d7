import { consistentRootOf, inclusionRootOf, treeHashBytes } from "../tlog/index.ts";
import type { Signer } from "../signer/index.ts";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import type { CborMap, CborValue } from "./cbor.ts";
import { CoseError } from "./cose-error.ts";
import { coseLabels, parseCoseSign1, problemOfCoseSign1, signCoseSign1 } from "./sign1.ts";
import type { CoseProblem, CoseSign1, CoseSign1Checks } from "./sign1.ts";

/** That a leaf is in a tree, as a receipt carries it. */
export interface InclusionPath {
  readonly size: number;
  readonly index: number;
  /** The leaf's sibling first (RFC 9162 §2.1.3). */
  readonly hashes: readonly Uint8Array[];
}

/** That a tree continues a smaller one. */
export interface ConsistencyPath {
  readonly firstSize: number;
  readonly secondSize: number;
  readonly hashes: readonly Uint8Array[];
}

/** What a receipt says of itself; nothing of it is believed before the signature is checked. */
export interface Receipt {
  readonly message: CoseSign1;
  readonly keyId?: Uint8Array;
  /** `iss` among the CWT claims of the header (RFC 9597 §2). */
  readonly issuer?: string;
  readonly inclusions: readonly InclusionPath[];
  readonly consistencies: readonly ConsistencyPath[];
}

/** draft-ietf-cose-merkle-tree-proofs §2: which kind of tree, and the proofs in it. */
const verifiableDataStructure = 395;
const verifiableDataProofs = 396;
const rfc9162Sha256 = 1;
const inclusionLabel = -1;
const consistencyLabel = -2;
/** RFC 9597 §2, and `iss` of RFC 8392 §3.1.1. */
const cwtClaims = 15;
const issuerClaim = 1;

/** One leaf and a few sizes are proved at once; a verifier's time is not the sender's to spend. */
const maximumProofs = 16;
/** No tree within 2^48 leaves has a longer proof. */
const maximumHashes = 64;

/** @throws CoseError `cbor-malformed`, `cose-malformed` or `receipt-malformed`. */
export function parseReceipt(bytes: Uint8Array): Receipt {
  const message = parseCoseSign1(bytes);
  if (message.protectedHeader.get(verifiableDataStructure) !== rfc9162Sha256) {
    throw malformed("it is not over a tree of RFC 9162 with SHA-256");
  }
  const proofs = message.unprotectedHeader.get(verifiableDataProofs);
  if (!(proofs instanceof Map)) throw malformed("it has no proofs");
  const keyId = message.protectedHeader.get(coseLabels.kid);
  const claims = message.protectedHeader.get(cwtClaims);
  const issuer = claims instanceof Map ? (claims as CborMap).get(issuerClaim) : undefined;
  return {
    message,
    inclusions: proofsUnder(proofs, inclusionLabel).map(readInclusion),
    consistencies: proofsUnder(proofs, consistencyLabel).map(readConsistency),
    ...(keyId instanceof Uint8Array && { keyId }),
    ...(typeof issuer === "string" && { issuer }),
  };
}

/**
 * What came of checking a receipt. Only the root is signed: the size of the tree and the place of the leaf, which the
 * receipt states too, can be others of which the same hashes lead to the same root.
 */
export type ReceiptVerification =
  | { readonly result: "passed"; readonly root: Uint8Array }
  | { readonly result: "failed"; readonly problem: ReceiptProblem };

export type ReceiptProblem = CoseProblem | "receipt-malformed" | "receipt-proof-wrong";

/**
 * Whether the receipt's one inclusion proof leads from this leaf to a root that the key signed
 * (draft-ietf-cose-merkle-tree-proofs §5.2).
 *
 * @param leafHash of the entry, as {@link leafHash} of tlog makes it.
 */
export function verifyInclusionReceipt(
  receipt: Receipt,
  leafHash: Uint8Array,
  checks: Omit<CoseSign1Checks, "detachedPayload">,
): ReceiptVerification {
  const [proof, ...more] = receipt.inclusions;
  if (proof === undefined || more.length > 0) return { result: "failed", problem: "receipt-malformed" };
  const root = inclusionRootOf({ ...proof, leafHash, proof: proof.hashes });
  return judged(receipt, root, checks);
}

/**
 * Whether the receipt's one consistency proof leads from the root of the smaller tree to a root that the key signed
 * (draft-ietf-cose-merkle-tree-proofs §5.3).
 */
export function verifyConsistencyReceipt(
  receipt: Receipt,
  first: { readonly size: number; readonly root: Uint8Array },
  checks: Omit<CoseSign1Checks, "detachedPayload">,
): ReceiptVerification {
  const [proof, ...more] = receipt.consistencies;
  if (proof === undefined || more.length > 0 || proof.firstSize !== first.size) {
    return { result: "failed", problem: "receipt-malformed" };
  }
  const root = consistentRootOf({ ...proof, firstRoot: first.root, proof: proof.hashes });
  return judged(receipt, root, checks);
}

function judged(
  { message }: Receipt,
  root: Uint8Array | undefined,
  checks: Omit<CoseSign1Checks, "detachedPayload">,
): ReceiptVerification {
  if (root === undefined) return { result: "failed", problem: "receipt-proof-wrong" };
  // The root is what the proof leads to; a receipt that states it besides would say it twice.
  if (message.payload !== undefined) return { result: "failed", problem: "receipt-malformed" };
  const problem = problemOfCoseSign1(message, { ...checks, detachedPayload: root });
  return problem === undefined ? { result: "passed", root } : { result: "failed", problem };
}

/** The log that signs receipts. */
export interface ReceiptIssuer {
  readonly signer: Signer;
  readonly keyId: Uint8Array;
  /** A URI. */
  readonly issuer: string;
}

/**
 * A receipt that the leaf is in the tree (draft-ietf-cose-merkle-tree-proofs §5.2): a second encoding of the proof that a
 * checkpoint and {@link inclusionProof} make. The root is signed and left out.
 *
 * @throws CoseError `cose-algorithm`; SignerError `signature-wrong`.
 */
export function issueInclusionReceipt(
  by: ReceiptIssuer,
  { size, index, hashes }: InclusionPath,
  root: Uint8Array,
): Promise<Uint8Array> {
  return issue(by, inclusionLabel, [size, index, hashes], root);
}

/** A receipt that the tree continues a smaller one (draft-ietf-cose-merkle-tree-proofs §5.3). Errors as the other. */
export function issueConsistencyReceipt(
  by: ReceiptIssuer,
  { firstSize, secondSize, hashes }: ConsistencyPath,
  secondRoot: Uint8Array,
): Promise<Uint8Array> {
  return issue(by, consistencyLabel, [firstSize, secondSize, hashes], secondRoot);
}

function issue(
  { signer, keyId, issuer }: ReceiptIssuer,
  label: number,
  proof: CborValue,
  root: Uint8Array,
): Promise<Uint8Array> {
  return signCoseSign1(signer, {
    protectedHeader: new Map<number, CborValue>([
      [coseLabels.kid, keyId],
      [cwtClaims, new Map([[issuerClaim, issuer]])],
      [verifiableDataStructure, rfc9162Sha256],
    ]),
    unprotectedHeader: new Map([[verifiableDataProofs, new Map([[label, [encodeCbor(proof)]]])]]),
    payload: root,
    isDetached: true,
  });
}

function proofsUnder(proofs: CborMap, label: number): readonly CborValue[] {
  const list = proofs.get(label) ?? [];
  if (!Array.isArray(list) || list.length > maximumProofs) throw malformed("its proofs are not a short list");
  return list as readonly CborValue[];
}

function readInclusion(encoded: CborValue): InclusionPath {
  const [size, index, hashes] = readPath(encoded);
  return { size, index, hashes };
}

function readConsistency(encoded: CborValue): ConsistencyPath {
  const [firstSize, secondSize, hashes] = readPath(encoded);
  return { firstSize, secondSize, hashes };
}

function readPath(encoded: CborValue): [number, number, readonly Uint8Array[]] {
  if (!(encoded instanceof Uint8Array)) throw malformed("a proof is not bytes");
  const path = decodeCbor(encoded);
  const [first, second, hashes, ...more] = Array.isArray(path) ? (path as readonly CborValue[]) : [];
  const isForm = typeof first === "number" && typeof second === "number" && more.length === 0;
  if (!isForm || !Array.isArray(hashes) || hashes.length > maximumHashes) {
    throw malformed("a proof is not two numbers and a list of hashes");
  }
  return [first, second, (hashes as readonly CborValue[]).map(readHash)];
}

function readHash(value: CborValue): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== treeHashBytes)
    throw malformed("a hash has not 32 bytes");
  return value;
}

function malformed(detail: string): CoseError {
  return new CoseError("receipt-malformed", `not a receipt: ${detail}`);
}
