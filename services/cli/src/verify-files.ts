import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";

import { parseTrustList, X509Error } from "@yinxin/crypto/x509";
import type { TrustList } from "@yinxin/crypto/x509";
import { verifyDocument } from "@yinxin/crypto/verification";
import type { VerificationReport } from "@yinxin/crypto/verification";

import { UsageError } from "./arguments.ts";
import { readEvidence } from "./read-evidence.ts";
import type { VerifyArguments } from "./arguments.ts";

/** A file given on the command line cannot be read; nothing was verified. */
export class FileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FileError";
  }
}

/** Larger than any document seen, small enough to hold in memory twice. */
const mostFileBytes = 256 * 1024 * 1024;

/**
 * Verifies each file, in the order given.
 *
 * @throws FileError if one of them cannot be read; UsageError if a trust file holds no certificate, or a file of evidence
 *   is none.
 */
export async function verifyFiles(request: VerifyArguments, now: Date): Promise<VerificationReport[]> {
  const lists = await Promise.all(request.trust.map(readTrust));
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
    reports.push(verifyDocument({ name: basename(file), bytes }, policy));
  }
  return reports;
}

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

/** What the commonest codes of the operating system mean. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "not permitted"],
  ["EISDIR", "it is a folder"],
]);

async function readWhole(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > mostFileBytes) throw new FileError(`${file}: larger than ${String(mostFileBytes)} bytes.`);
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    const words = reasons.get(reason);
    throw new FileError(
      `${file}: cannot be read (${words === undefined ? reason : `${words}, ${reason}`}).`,
      { cause },
    );
  }
}
