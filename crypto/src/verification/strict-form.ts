import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { VerificationContext } from "./verification-context.ts";

type Quirks = readonly { readonly code: string; readonly where: string }[];
type Profile = Pick<VerificationContext, "profile">;

/** Every departure that was tolerated in a signature, as one step: under `strict` none is. */
export function strictFindings(quirks: Quirks, { profile }: Profile): Finding[] {
  if (profile !== "strict") return [];
  if (quirks.length === 0) {
    return [finding("strict-form", "passed", { detail: "Everything keeps to the standards in form." })];
  }
  const evidence = Object.fromEntries(quirks.map(({ code, where }) => [code, where]));
  const detail = "Something departs from the standards in form, which the profile does not tolerate.";
  return [finding("strict-form", "failed", { detail, evidence })];
}

/** The same of the container around signatures; nothing where it keeps to the standards. */
export function strictContainerFindings(quirks: Quirks, context: Profile): Finding[] {
  return quirks.length === 0 ? [] : strictFindings(quirks, context);
}
