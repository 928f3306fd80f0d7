import { base64Of, utf8Of } from "@yinxin/crypto/bytes";
import { digestText } from "@yinxin/crypto/digest";
import { hashReaderOfLeaves, treeRoot } from "@yinxin/crypto/tlog";
import { canonicalJson } from "@yinxin/service-kit/audit";

import type { LicenseField } from "./license-fields.ts";

/** Without a salt, the digest of a name or a number would be found by trying them all. */
export const saltBytes = 16;

/** A field with the salt that hides its value in the commitment. */
export interface SaltedField {
  readonly name: string;
  readonly value: string;
  /** Base64. */
  readonly salt: string;
}

/** Gives every field a salt of its own. */
export function saltFields(
  fields: readonly LicenseField[],
  randomBytes: (size: number) => Uint8Array,
): readonly SaltedField[] {
  return fields.map(({ name, value }) => ({ name, value, salt: base64Of(randomBytes(saltBytes)) }));
}

/**
 * The commitment to all fields, `sha-256:…`: the root of the RFC 9162 tree whose leaves are the canonical JSON of
 * [salt, name, value], in the order given. A field and an inclusion proof show that field and tell nothing about the others.
 */
export async function fieldsRootOf(fields: readonly SaltedField[]): Promise<string> {
  const leaves = fields.map(({ salt, name, value }) => utf8Of(canonicalJson([salt, name, value])));
  return digestText("SHA-256", await treeRoot(hashReaderOfLeaves(leaves), leaves.length));
}
