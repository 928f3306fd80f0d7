import { utf8Of } from "@yinxin/crypto/bytes";
import { leafHash } from "@yinxin/crypto/tlog";

import { canonicalJson } from "./canonical-json.ts";

/** An event as it is stored. What is null is not in the leaf. */
export interface AuditEventRow {
  /** Its place in the log, counted from 0. */
  readonly leaf_index: number;
  readonly occurred_at: string;
  readonly action: string;
  readonly actor: string;
  readonly on_behalf_of: string | null;
  readonly subject: string;
  readonly request_id: string | null;
  readonly key_purpose: string | null;
  readonly key_version: number | null;
  /** Canonical JSON. */
  readonly detail: string;
}

/**
 * The leaf of an event: canonical JSON (RFC 8785) of `{action, actor, detail, index, key?, occurred_at, on_behalf_of?,
 * request_id?, subject}`. The names stand here in the order of their code units, as §3.2.3 of the RFC wants them, and the
 * detail is spliced in as it is stored; that it is canonical itself is for {@link isCanonicalDetail} to say.
 */
export function leafTextOf(row: AuditEventRow): string {
  const { key_purpose, key_version, on_behalf_of, request_id } = row;
  const key =
    key_purpose === null
      ? ""
      : `"key":{"purpose":${canonicalJson(key_purpose)},"version":${String(key_version)}},`;
  return (
    `{"action":${canonicalJson(row.action)},"actor":${canonicalJson(row.actor)},"detail":${row.detail},` +
    `"index":${String(row.leaf_index)},${key}"occurred_at":${canonicalJson(row.occurred_at)},` +
    (on_behalf_of === null ? "" : `"on_behalf_of":${canonicalJson(on_behalf_of)},`) +
    (request_id === null ? "" : `"request_id":${canonicalJson(request_id)},`) +
    `"subject":${canonicalJson(row.subject)}}`
  );
}

/** The hash of the leaf in the log's tree (RFC 9162 §2.1.1, SHA-256). */
export function leafHashOf(row: AuditEventRow): Uint8Array {
  return leafHash(utf8Of(leafTextOf(row)));
}

/**
 * Whether the stored detail is one JSON object and nothing more. Of a row whose leaf is the one that was signed that is all
 * there is to ask: inside a text that is known, an object that begins at a known place ends at one place only.
 */
export function isOneObject(detail: string): boolean {
  try {
    return detail.startsWith("{") && JSON.parse(detail) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Whether the stored detail is the one canonical text of a JSON object. A reader must ask: a detail that closed the object
 * and went on would otherwise pass for other columns than those it stands in.
 */
export function isCanonicalDetail(detail: string): boolean {
  try {
    const value: unknown = JSON.parse(detail);
    return detail.startsWith("{") && canonicalJson(value) === detail;
  } catch {
    return false;
  }
}
