/** A tolerated departure from the standards; `where` is the part it was seen in. */
export interface Quirk {
  readonly code: QuirkCode;
  readonly where: string;
}

export type QuirkCode =
  /** The part uses an OFD namespace older than 2016. */
  | "old-namespace"
  /** A part is named and not in the package; readers show the document without it. */
  | "missing-part"
  /** A relative location was found from the root only. */
  | "location-from-root"
  | "unknown-template"
  | "max-sign-id-twice"
  /** CheckMethod is an OID of SM3 in another role and is taken for SM3. */
  | "check-method-oid-misused"
  /** No CheckMethod, so MD5. */
  | "check-method-absent"
  /** A UTF-8 entry name without the flag for it. */
  | "zip-name-not-flagged";
