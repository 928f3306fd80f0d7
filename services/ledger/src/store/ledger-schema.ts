/** The tables of `migrations/`. Times are RFC 3339 text in UTC. */
export interface LedgerSchema {
  log_head: { id: number; size: number };
  log_leaves: { leaf_index: number; leaf: string };
  log_hashes: { level: number; position: number; hash: Uint8Array };
  checkpoints: { size: number; note: string; signed_at: string };
  checkpoint_signatures: { key_version: number; size: number };
  key_successions: { key_version: number; leaf_index: number; announced_at: string };
  licenses: LicenseRow & { document: Uint8Array };
}

/** A license without its document, which is large and seldom wanted. */
export interface LicenseRow {
  id: string;
  identifier: string;
  type_code: string;
  issuer_code: string;
  number: string;
  /** JSON of `LicenseContent`. */
  content: string;
  /** JSON of `SaltedField[]`. */
  salted_fields: string;
  leaf_salt: string;
  fields_root: string;
  leaf_index: number;
  document_sha256: string;
  document_sm3: string;
  seal_id: string;
  recorded_at: string;
}
