/** Times are RFC 3339 text in UTC. */
export interface SealSchema {
  seals: {
    id: string;
    code: string;
    name: string;
    type: number;
    organization_id: string;
    status: string;
    valid_from: string;
    valid_until: string;
    size_mm: number;
    key_uri: string;
    certificate: Uint8Array;
    picture: Uint8Array;
    seal: Uint8Array;
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
  maker_certificates: { key_uri: string; certificate: Uint8Array; enrolled_at: string };
}
