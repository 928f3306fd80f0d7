import { fileDigestsOf } from "../domain/license-leaf.ts";
import type { FileDigests } from "../domain/license-leaf.ts";
import { validityAt } from "../domain/license.ts";
import type { LicenseValidity } from "../domain/license.ts";
import { proveLeaf } from "./prove-leaf.ts";
import type { LeafProof } from "./prove-leaf.ts";
import type { PublishCheckpointDeps } from "./publish-checkpoint.ts";

/** What the ledger says about a file. */
export interface Attestation {
  readonly digests: FileDigests;
  /** Absent: the ledger does not hold this file. */
  readonly found?: { readonly validity: LicenseValidity; readonly proof: LeafProof };
}

/**
 * Whether the ledger holds exactly this file as a license, with the proof. It tells nothing that is not in the file or
 * public in the log, so anybody may ask.
 */
export async function attestDocument(
  deps: PublishCheckpointDeps,
  document: Uint8Array,
): Promise<Attestation> {
  const digests = fileDigestsOf(document);
  const license = await deps.store.findLicenseOfDocument(digests);
  if (license === undefined) return { digests };
  const proof = await proveLeaf(deps, license.leafIndex);
  return { digests, found: { validity: validityAt(license.content, deps.clock.now()), proof } };
}
