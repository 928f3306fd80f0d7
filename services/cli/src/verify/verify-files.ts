import { basename } from "node:path";

import { parseTrustList, X509Error } from "@yinxin/crypto/x509";
import type { TrustList } from "@yinxin/crypto/x509";
import { verifyDocument } from "@yinxin/crypto/verification";
import type { VerificationReport } from "@yinxin/crypto/verification";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";
import { isEvidencePackage } from "@yinxin/service-kit/evidence";

import { readTrust as readGovernanceTrust } from "../deployment/index.ts";
import { verifyPackage } from "../evidence/index.ts";
import { readWhole, UsageError } from "../terminal/index.ts";
import type { VerifyArguments } from "./parse-arguments.ts";
import { readEvidence } from "./read-evidence.ts";

/**
 * Verifies each file, in the order given.
 *
 * @throws FileError if one of them cannot be read; UsageError if a trust file holds no certificate, or a file of evidence
 *   is none.
 */
export async function verifyFiles(request: VerifyArguments, now: Date): Promise<VerificationReport[]> {
  const { roots, governance } = await readTrustFiles(request.trust);
  const lists = await Promise.all(roots.map(readTrust));
  const policy = {
    trust: lists.flatMap((list) => list.anchors),
    intermediates: lists.flatMap((list) => list.intermediates),
    evidence: await readEvidence(request.evidence, readWhole),
    ...(request.detached === undefined ? {} : { detached: await readWhole(request.detached) }),
    ...(request.profile === undefined ? {} : { profile: request.profile }),
    at: request.at ?? now,
  };
  const reports: VerificationReport[] = [];
  for (const file of request.files) {
    const bytes = await readWhole(file);
    reports.push(
      isEvidencePackage(bytes)
        ? verifyPackage(file, bytes, governance, policy.at)
        : verifyDocument({ name: basename(file), bytes }, policy),
    );
  }
  return reports;
}

/** Roots for documents, and the trust file for evidence: JSON, so that the first character tells them apart. */
async function readTrustFiles(
  files: readonly string[],
): Promise<{ readonly roots: readonly string[]; readonly governance: GovernanceTrust | undefined }> {
  const roots: string[] = [];
  let governance: GovernanceTrust | undefined;
  for (const file of files) {
    const [first] = await readWhole(file);
    if (first !== openingBrace) roots.push(file);
    else if (governance === undefined) governance = await readGovernanceTrust(file);
    else throw new UsageError(`--trust ${file}: one trust file in JSON is enough.`);
  }
  return { roots, governance };
}

const openingBrace = 0x7b;

async function readTrust(file: string): Promise<TrustList> {
  const pem = new TextDecoder().decode(await readWhole(file));
  try {
    return parseTrustList(pem);
  } catch (cause) {
    if (cause instanceof X509Error || cause instanceof RangeError) {
      throw new UsageError(`--trust ${file}: not a list of roots in PEM: ${cause.message}.`, { cause });
    }
    throw cause;
  }
}
