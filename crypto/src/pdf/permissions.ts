import { arrayAt, catalogOf, dictionaryAt } from "./document.ts";
import type { PdfDocument } from "./document.ts";
import { formOf } from "./fields.ts";
import type { PdfField } from "./fields.ts";
import { nameOf } from "./objects.ts";
import type { PdfDictionary, PdfObject } from "./objects.ts";
import { PdfError } from "./pdf-error.ts";
import { textOf } from "./text-string.ts";

/**
 * Refuses a document that may not get another signature: certified against every change (DocMDP, ISO 32000-1 §12.8.2.2),
 * its fields locked by an earlier signature (FieldMDP, §12.8.2.4, and /Lock, §12.7.4.5), or shown from XFA data, where
 * the pages are not what a person sees.
 *
 * @throws PdfError `pdf-signing-not-permitted`, `pdf-malformed`
 */
export function checkSigningPermitted(
  document: PdfDocument,
  fields: readonly PdfField[],
  fieldName: string,
): void {
  const form = formOf(document);
  if (form !== undefined && document.resolve(form.entries.get("XFA")).kind !== "null") {
    throw refusal("the document is an XFA form");
  }
  const permissions = document.resolve(catalogOf(document).entries.get("Perms"));
  if (permissions.kind === "dictionary")
    checkSignature(document, permissions.entries.get("DocMDP"), fieldName);
  for (const field of fields) {
    if (field.type !== "Sig" || document.resolve(field.value).kind !== "dictionary") continue;
    checkSignature(document, field.value, fieldName);
    checkParameters(document, field.dictionary.entries.get("Lock"), fieldName, undefined);
  }
}

function checkSignature(document: PdfDocument, object: PdfObject | undefined, fieldName: string): void {
  const signature = document.resolve(object);
  if (signature.kind !== "dictionary") return;
  for (const item of arrayAt(document, signature.entries.get("Reference"), "Reference")?.items ?? []) {
    const reference = dictionaryAt(document, item, "a signature reference");
    const method = nameOf(document.resolve(reference.entries.get("TransformMethod")));
    checkParameters(document, reference.entries.get("TransformParams"), fieldName, method);
  }
}

/** The parameters of DocMDP, of FieldMDP, and a field's /Lock share their keys. */
function checkParameters(
  document: PdfDocument,
  object: PdfObject | undefined,
  fieldName: string,
  method: string | undefined,
): void {
  const parameters = document.resolve(object);
  if (parameters.kind !== "dictionary") return;
  const permission = document.resolve(parameters.entries.get("P"));
  if (method !== "FieldMDP" && permission.kind === "number" && permission.value === 1) {
    throw refusal("an earlier signature permits no change");
  }
  if (method !== "DocMDP" && locksField(document, parameters, fieldName)) {
    throw refusal("an earlier signature locks the fields of the document");
  }
}

function locksField(document: PdfDocument, parameters: PdfDictionary, fieldName: string): boolean {
  const action = nameOf(document.resolve(parameters.entries.get("Action")));
  if (action === "All") return true;
  if (action !== "Include" && action !== "Exclude") return false;
  const items = arrayAt(document, parameters.entries.get("Fields"), "Fields")?.items ?? [];
  const isNamed = items
    .map((item) => document.resolve(item))
    .some((item) => item.kind === "string" && textOf(item.bytes) === fieldName);
  return action === "Include" ? isNamed : !isNamed;
}

function refusal(why: string): PdfError {
  return new PdfError("pdf-signing-not-permitted", why);
}
