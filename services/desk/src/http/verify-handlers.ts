import { RemoteProblem } from "@yinxin/service-kit/auth";
import type { Language } from "@yinxin/service-kit/problems";

import type { UploadedFile } from "../domain/stamp-form.ts";
import type { Verified } from "../operations/verify.ts";
import type { Answer } from "./answers.ts";
import { statusOf } from "./errors.ts";
import { textsOf } from "./page.tsx";
import { uploadMegabytesMax } from "./uploads.ts";
import type { UploadReader } from "./uploads.ts";
import { reportPage, verifyPage } from "./verify-pages.tsx";
import { checkOrigin } from "./visit.ts";
import type { Visit, VisitDeps } from "./visit.ts";

export interface VerifyHandlerDeps extends VisitDeps {
  readonly uploads: UploadReader;
  verify(language: Language, file: UploadedFile): Promise<Verified>;
}

/** The empty form. */
export function showVerifyForm(_deps: VerifyHandlerDeps, visit: Visit): Promise<Answer> {
  return Promise.resolve({ page: verifyPage(visit.context) });
}

/** Answers with the report at once: nothing is kept that another address could show. */
export async function receiveVerifyForm(deps: VerifyHandlerDeps, visit: Visit): Promise<Answer> {
  checkOrigin(deps, visit);
  const { context } = visit;
  const { problems } = textsOf(context);
  const { file, isTooLarge } = await deps.uploads.read(visit.request);
  if (file === undefined) {
    const text = isTooLarge ? problems["file-too-large"](uploadMegabytesMax) : problems["file-missing"];
    return { page: verifyPage(context, [{ field: "file", text }]), status: isTooLarge ? 413 : 400 };
  }
  try {
    return { page: reportPage(context, await deps.verify(context.language, file)) };
  } catch (thrown) {
    if (!(thrown instanceof RemoteProblem) || thrown.problem.status >= 500) throw thrown;
    const { title, hint } = thrown.problem;
    return { page: verifyPage(context, [{ field: "file", text: title }], hint), status: statusOf(thrown) };
  }
}
