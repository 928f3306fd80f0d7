import type { z } from "zod";

import type { Localized } from "../problems/index.ts";

/** One kind of event. */
export interface AuditEntry {
  readonly title: Localized;
  /** A strict object of JSON values: no secrets, no whole documents, personal data by reference. */
  readonly detail: z.ZodObject;
}

/** Every kind of event that a service writes; names are a noun and what happened to it, `seal.revoked`. */
export type AuditCatalogue = Readonly<Record<string, AuditEntry>>;

/**
 * Declares the events of a service.
 *
 * @throws RangeError for a name that is not `noun.verb` in kebab-case.
 * @example
 * const sealEvents = defineAuditCatalogue({
 *   "seal.revoked": {
 *     title: { zh: "撤销印章", en: "Seal revoked" },
 *     detail: z.strictObject({ reason: z.string() }),
 *   },
 * });
 */
export function defineAuditCatalogue<const Catalogue extends AuditCatalogue>(
  catalogue: Catalogue,
): Catalogue {
  for (const action of Object.keys(catalogue)) {
    if (!/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/.test(action))
      throw new RangeError(`not a name of an event: ${action}`);
  }
  return catalogue;
}
