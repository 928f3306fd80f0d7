/** The tables of `migrations/`. Times are RFC 3339 text in UTC. */
export interface PkiSchema {
  authorities: {
    id: string;
    algorithm: string;
    root_certificate: Uint8Array;
    issuing_certificate: Uint8Array;
    issuing_key_uri: string;
    created_at: string;
  };
  certificates: {
    serial_number: string;
    authority_id: string;
    profile: string;
    subject: string;
    request_digest: string;
    requested_by: string;
    reserved_at: string;
    certificate: Uint8Array | null;
    issued_at: string | null;
    issuer_purpose: string;
    issuer_version: number;
    revoked_at: string | null;
    revocation_reason: string | null;
    invalid_from: string | null;
    /** When it ends; set when it is revoked. */
    not_after: string | null;
  };
  certificate_lists: {
    issuer_purpose: string;
    number: number;
    issuer_version: number;
    this_update: string;
    next_update: string;
    list: Uint8Array;
  };
}
