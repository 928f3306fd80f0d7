import { digest, digestText } from "@yinxin/crypto/digest";
import type { VerificationReport } from "@yinxin/crypto/verification";
import type { Language } from "@yinxin/service-kit/problems";

import type { UploadedFile } from "../domain/stamp-form.ts";
import type { Verifier } from "./ports.ts";

export interface VerifyDeps {
  readonly verifier: Verifier;
}

/** What a file is worth. `fileDigest` says which bytes the report is about, to compare with what somebody else has. */
export interface Verified {
  readonly report: VerificationReport;
  /** `sm3:…` */
  readonly fileDigest: string;
}

/** Has a file verified and forgets it. @throws RemoteProblem, Refusal `service-unreachable`. */
export async function verify(
  { verifier }: VerifyDeps,
  language: Language,
  file: UploadedFile,
): Promise<Verified> {
  const report = await verifier.verify(language, file);
  return { report, fileDigest: digestText("SM3", digest("SM3", file.content)) };
}
