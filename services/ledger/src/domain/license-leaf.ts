import { utf8Of } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { canonicalJson } from "@yinxin/service-kit/audit";

import type { License } from "./license.ts";

/** The digests under which the ledger knows a file: one for the world's tools, one for national cryptography. */
export interface FileDigests {
  /** `sha-256:…` */
  readonly sha256: string;
  /** `sm3:…` */
  readonly sm3: string;
}

/** The digests of a file's bytes. */
export function fileDigestsOf(bytes: Uint8Array): FileDigests {
  return {
    sha256: digestText("SHA-256", digest("SHA-256", bytes)),
    sm3: digestText("SM3", digest("SM3", bytes)),
  };
}

export interface LeafContent {
  readonly license: Pick<License, "identifier" | "content">;
  /** Base64; hides identifier and actor, and is forgotten when the license's personal data is. */
  readonly salt: string;
  readonly fieldsRoot: string;
  readonly file: FileDigests;
  readonly issuedBy: string;
  readonly at: Date;
}

/**
 * The ledger's leaf about an issued license: canonical JSON (RFC 8785), in which type, issuing authority and dates can be
 * read by everybody, and whom the license is for by nobody. `id` and `by` are salted digests: later leaves about the same
 * license will carry the same `id`.
 */
export function encodeIssueLeaf({ license, salt, fieldsRoot, file, issuedBy, at }: LeafContent): string {
  const { typeCode, issuingAuthority, validFrom, validUntil } = license.content;
  return canonicalJson({
    v: 1,
    op: "issue",
    id: hidden(salt, "identifier", license.identifier),
    ver: 1,
    type: typeCode,
    issuer: issuingAuthority.code,
    state: "valid",
    nbf: validFrom,
    ...(validUntil !== undefined && { exp: validUntil }),
    fields: fieldsRoot,
    file: [file.sha256, file.sm3],
    at: at.toISOString(),
    by: hidden(salt, "actor", issuedBy),
  });
}

function hidden(salt: string, purpose: string, value: string): string {
  return digestText("SHA-256", digest("SHA-256", utf8Of(canonicalJson([salt, purpose, value]))));
}
