/** Times are RFC 3339 text in UTC. */
export interface SealSchema {
  seals: {
    id: string;
    code: string;
    name: string;
    type: number;
    organization_id: string;
    status: string;
    size_mm: number;
    picture: Uint8Array;
    /** The one in force. */
    version: number;
  };
  seal_versions: {
    seal_id: string;
    version: number;
    owner_key_version: number;
    maker_key_version: number;
    certificate: Uint8Array;
    seal: Uint8Array;
    valid_from: string;
    valid_until: string;
    effective_from: string | null;
    closed_at: string | null;
  };
  applications: {
    id: string;
    seal_id: string;
    document_name: string;
    format: string;
    digest_before: string;
    digest_after: string;
    page: number;
    x_um: number;
    y_um: number;
    signed_at: string;
    actor: string;
    on_behalf_of: string | null;
    reason: string | null;
  };
  seal_numbers: { division_code: string; last_serial: number };
  /** `key_uri` is `file:maker` for the key of before there were rings, `seal.maker/VERSION` since. */
  maker_certificates: { key_uri: string; certificate: Uint8Array; enrolled_at: string };
}
