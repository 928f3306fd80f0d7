import { definitionOf } from "./check-catalogue.ts";
import type { CheckName, Consequence } from "./check-catalogue.ts";
import type { Check, CheckResult, SubIndication } from "./report.ts";

/** A check on its way into a report. */
export interface Finding {
  readonly check: Check & { readonly name: CheckName };
  /** Where the catalogue's word for this check is too coarse, e.g. NOT_YET_VALID instead of EXPIRED. */
  readonly subIndication?: SubIndication;
  /** Where the sub-indication decides, and not the catalogue. */
  readonly verdict?: Consequence["verdict"];
  /** It passed, but the certificate was revoked after the time judged: the signature is VALID_THEN_REVOKED. */
  readonly isRevokedSince?: boolean;
}

export interface FindingContents {
  /** A sentence for a person. */
  readonly detail: string;
  readonly evidence?: Readonly<Record<string, string>>;
  readonly subIndication?: SubIndication;
  readonly isRevokedSince?: boolean;
}

/** One step's result, with its clause from the catalogue. */
export function finding(name: CheckName, result: CheckResult, contents: FindingContents): Finding {
  const { detail, evidence, subIndication, isRevokedSince } = contents;
  const { clause } = definitionOf(name);
  return {
    check: {
      name,
      ...(clause !== undefined && { clause }),
      result,
      detail,
      ...(evidence !== undefined && { evidence }),
    },
    ...(subIndication !== undefined && { subIndication }),
    ...(isRevokedSince === true && { isRevokedSince }),
  };
}

/** Steps that could not run because an earlier one took their ground away; in the report all the same. */
export function notReached(names: readonly CheckName[], because: string): Finding[] {
  return names.map((name) => finding(name, "not-checked", { detail: `Not reached: ${because}` }));
}
