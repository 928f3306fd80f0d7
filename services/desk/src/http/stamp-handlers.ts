import { RemoteProblem } from "@yinxin/service-kit/auth";
import type { Clock } from "@yinxin/service-kit/clock";
import type { FieldError } from "@yinxin/service-kit/pages";
import { isRefusal, refuse } from "@yinxin/service-kit/problems";
import type { Language } from "@yinxin/service-kit/problems";

import type { Seal, StampResult } from "../domain/seal.ts";
import { lastsForForm } from "../domain/session.ts";
import type { Session } from "../domain/session.ts";
import { readStampForm, reasonLengthMax, stampFormDefaults } from "../domain/stamp-form.ts";
import type { StampForm, StampFormProblem, StampRequest } from "../domain/stamp-form.ts";
import type { Answer } from "./answers.ts";
import { isSessionOver, statusOf } from "./errors.ts";
import { textsOf } from "./page.tsx";
import type { PageContext } from "./page.tsx";
import { resultPage, stampPage } from "./stamp-pages.tsx";
import { uploadMegabytesMax } from "./uploads.ts";
import type { Upload, UploadReader } from "./uploads.ts";
import { checkFormToken, checkOrigin } from "./visit.ts";
import type { Visit, VisitDeps } from "./visit.ts";

export interface StampHandlerDeps extends VisitDeps {
  readonly clock: Clock;
  readonly uploads: UploadReader;
  listSeals(session: Session, language: Language): Promise<readonly Seal[]>;
  sealPicture(session: Session, language: Language, sealId: string): Promise<Uint8Array>;
  stamp(session: Session, language: Language, request: StampRequest): Promise<string>;
  findResult(session: Session, id: string): Promise<StampResult | undefined>;
}

const logInFirst: Answer = { redirect: "/login?return_to=/stamp" };

/** The empty form. */
export async function showStampForm(deps: StampHandlerDeps, visit: Visit): Promise<Answer> {
  const { session } = visit.context;
  if (session === undefined || !lastsForForm(session, deps.clock.now())) return logInFirst;
  const seals = await deps.listSeals(session, visit.context.language);
  return { page: stampPage(visit.context, { session, seals, form: stampFormDefaults }) };
}

/** The form as it was sent: leads to the result, or back to the form with what to correct. */
export async function receiveStampForm(deps: StampHandlerDeps, visit: Visit): Promise<Answer> {
  checkOrigin(deps, visit);
  const { context } = visit;
  const { session } = context;
  if (session === undefined) return logInFirst;
  const upload = await deps.uploads.read(visit.request);
  if (!upload.isTooLarge) checkFormToken(session, upload.fields.get("form_token"));
  const form = formOf(upload);
  const read = readStampForm(form, upload.file);
  if ("problems" in read) {
    const errors = read.problems.map((problem) => fieldErrorOf(context, problem, upload.isTooLarge));
    return await formAgain(deps, context, session, { form, errors, status: 400 });
  }
  try {
    return { redirect: `/results/${await deps.stamp(session, context.language, read.request)}` };
  } catch (thrown) {
    const refused = refusedBySeals(context, thrown);
    if (refused === undefined) throw thrown;
    return await formAgain(deps, context, session, { form, ...refused });
  }
}

function formOf({ fields }: Upload): StampForm {
  const field = (name: string, otherwise: string): string => fields.get(name) ?? otherwise;
  return {
    sealId: field("seal_id", ""),
    page: field("page", stampFormDefaults.page),
    xMm: field("x_mm", stampFormDefaults.xMm),
    yMm: field("y_mm", stampFormDefaults.yMm),
    // One line in the record of use, whatever was pasted.
    reason: field("reason", "").replaceAll(/[\p{C}\p{Z}]+/gu, " "),
  };
}

interface FormToShowAgain {
  readonly form: StampForm;
  readonly errors: readonly FieldError[];
  readonly advice?: string;
  readonly status: number;
}

async function formAgain(
  deps: StampHandlerDeps,
  context: PageContext,
  session: Session,
  { status, ...page }: FormToShowAgain,
): Promise<Answer> {
  const seals = await deps.listSeals(session, context.language);
  return { page: stampPage(context, { session, seals, ...page }), status };
}

function fieldErrorOf(
  context: PageContext,
  { field, code }: StampFormProblem,
  isTooLarge: boolean,
): FieldError {
  const { problems } = textsOf(context);
  if (field === "file") {
    return {
      field,
      text: isTooLarge ? problems["file-too-large"](uploadMegabytesMax) : problems["file-missing"],
    };
  }
  if (field === "reason") return { field, text: problems["reason-too-long"](reasonLengthMax) };
  const key = `${field}-${code}`;
  const isKnown = (
    name: string,
  ): name is "seal_id-missing" | "page-not-a-page" | "x_mm-not-a-length" | "y_mm-not-a-length" =>
    Object.hasOwn(problems, name);
  return { field, text: isKnown(key) ? problems[key] : key };
}

/** Which field of ours a problem of the seal service is about. */
const fieldsOfProblems: Readonly<Record<string, string>> = {
  "document-not-supported": "file",
  "document-malformed": "file",
  "document-encrypted": "file",
  "document-tampered": "file",
  "signing-closed": "file",
  "payload-too-large": "file",
  "seal-not-found": "seal_id",
  "seal-not-active": "seal_id",
  "seal-not-permitted": "seal_id",
  "page-not-found": "page",
  "placement-outside-page": "x_mm",
};

/** What the seal service said no to, as errors of the form; undefined if the form is not to blame. */
function refusedBySeals(context: PageContext, thrown: unknown): Omit<FormToShowAgain, "form"> | undefined {
  if (!(thrown instanceof RemoteProblem) || isSessionOver(thrown) || thrown.problem.status >= 500)
    return undefined;
  const { code, title, hint } = thrown.problem;
  const { refusals } = textsOf(context);
  const isKnown = (name: string): name is keyof typeof refusals => Object.hasOwn(refusals, name);
  // Our words are for staff; where we have none, the service's own are better than nothing.
  const { text, advice } = isKnown(code) ? refusals[code] : { text: title, advice: hint };
  const field = fieldsOfProblems[code];
  return { errors: [{ text, ...(field !== undefined && { field }) }], advice, status: statusOf(thrown) };
}

/** The page of a result, for the session that made it. */
export async function showResult(deps: StampHandlerDeps, visit: Visit, id: string): Promise<Answer> {
  const result = await ownResult(deps, visit, id);
  return { page: resultPage(visit.context, result) };
}

const contentTypes = { pdf: "application/pdf", ofd: "application/ofd" } as const;

/** The sealed file itself. */
export async function downloadResult(deps: StampHandlerDeps, visit: Visit, id: string): Promise<Answer> {
  const { fileName, format, content } = await ownResult(deps, visit, id);
  return { file: { name: fileName, contentType: contentTypes[format], content } };
}

async function ownResult(deps: StampHandlerDeps, visit: Visit, id: string): Promise<StampResult> {
  const { session } = visit.context;
  const result = session === undefined ? undefined : await deps.findResult(session, id);
  if (result === undefined) throw refuse("not-found", "There is no such result for this session.");
  return result;
}

/** The face of a seal; nothing of the page's frame, so a failure is a status and no page. */
export async function showSealPicture(deps: StampHandlerDeps, visit: Visit, sealId: string): Promise<Answer> {
  const { session, language } = visit.context;
  if (session === undefined) throw refuse("not-found", "Nobody is logged in.");
  try {
    return { picture: await deps.sealPicture(session, language, sealId) };
  } catch (thrown) {
    if (!(thrown instanceof RemoteProblem) && !isRefusal(thrown)) throw thrown;
    throw refuse("not-found", "There is no picture.", { cause: thrown });
  }
}
