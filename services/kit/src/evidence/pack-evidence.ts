import { hexOf } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";

import { canonicalBytes } from "../approvals/canonical-document.ts";
import { manifestName, manifestSignatureName, readEvidenceManifest } from "./evidence-manifest.ts";
import type { EvidenceManifest } from "./evidence-manifest.ts";
import { zipMembers } from "./evidence-zip.ts";
import type { EvidenceMembers } from "./evidence-zip.ts";

/** What the manifest says beside the files. */
export type EvidenceFacts = Omit<EvidenceManifest, "type" | "version" | "files">;

/**
 * Puts a package together: the manifest over these files, its signature, and the one archive of them.
 *
 * @param sign makes the exporter's detached signature over the manifest's bytes, as `signStatement` does, at `facts.made_at`.
 * @throws RangeError for names, sizes or facts that no manifest has; what `sign` rejects with passes through.
 */
export async function packEvidence(
  facts: EvidenceFacts,
  files: EvidenceMembers,
  sign: (manifest: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const named = [...files].sort(([one], [other]) => (one < other ? -1 : 1));
  const manifest = canonicalBytes({
    type: "yinxin-evidence",
    version: 1,
    ...facts,
    files: named.map(([name, bytes]) => ({
      name,
      size: bytes.length,
      sm3: hexOf(digest("SM3", bytes)),
      sha256: hexOf(digest("SHA-256", bytes)),
    })),
  } satisfies EvidenceManifest);
  const { problem } = readEvidenceManifest(manifest);
  if (problem !== undefined) throw new RangeError(`not a manifest of evidence: ${problem}`);
  return zipMembers(
    new Map([[manifestName, manifest], [manifestSignatureName, await sign(manifest)], ...named]),
  );
}
