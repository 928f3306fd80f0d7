/** A file as it came from the browser. */
export interface UploadedFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** The form as it was typed, to show it again. */
export interface StampForm {
  readonly sealId: string;
  readonly page: string;
  readonly xMm: string;
  readonly yMm: string;
  readonly reason: string;
}

/** What is asked of the seal service. */
export interface StampRequest {
  readonly file: UploadedFile;
  readonly sealId: string;
  /** From 1. */
  readonly page: number;
  /** Millimetres from the top-left corner of the page as displayed to the top-left corner of the seal. */
  readonly xMm: number;
  readonly yMm: number;
  readonly reason?: string;
}

/** One thing to correct; `field` is the name in the form. */
export interface StampFormProblem {
  readonly field: "file" | "seal_id" | "page" | "x_mm" | "y_mm" | "reason";
  readonly code: "missing" | "too-large" | "not-a-page" | "not-a-length" | "too-long";
}

/** A seal of 42 mm over the date of a letter on A4, as most official replies have it. */
export const stampFormDefaults: StampForm = { sealId: "", page: "1", xMm: "125", yMm: "190", reason: "" };

const pageMax = 9999;
/** Longer than the longest side of A0. */
const lengthMaxMm = 2000;
export const reasonLengthMax = 200;

/** Reads the form; every mistake is found, not only the first. */
export function readStampForm(
  form: StampForm,
  file: UploadedFile | undefined,
): { readonly request: StampRequest } | { readonly problems: readonly StampFormProblem[] } {
  const page = parsePage(form.page);
  const xMm = parseLength(form.xMm);
  const yMm = parseLength(form.yMm);
  const reason = form.reason.trim();
  const problems = [
    problemIf(file === undefined, "file", "missing"),
    problemIf(form.sealId === "", "seal_id", "missing"),
    problemIf(Number.isNaN(page), "page", "not-a-page"),
    problemIf(Number.isNaN(xMm), "x_mm", "not-a-length"),
    problemIf(Number.isNaN(yMm), "y_mm", "not-a-length"),
    problemIf(reason.length > reasonLengthMax, "reason", "too-long"),
  ].flat();
  if (file === undefined || problems.length > 0) return { problems };
  return { request: { file, sealId: form.sealId, page, xMm, yMm, ...(reason !== "" && { reason }) } };
}

function problemIf(
  isWrong: boolean,
  field: StampFormProblem["field"],
  code: StampFormProblem["code"],
): readonly StampFormProblem[] {
  return isWrong ? [{ field, code }] : [];
}

function parsePage(typed: string): number {
  const text = halfWidth(typed);
  const page = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return page >= 1 && page <= pageMax ? page : Number.NaN;
}

function parseLength(typed: string): number {
  const text = halfWidth(typed);
  const length = /^\d{1,4}(\.\d{1,2})?$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  return length <= lengthMaxMm ? length : Number.NaN;
}

/** Chinese input methods type full-width digits; a person sees no difference. */
function halfWidth(typed: string): string {
  return typed.normalize("NFKC").trim().replace("。", ".");
}
