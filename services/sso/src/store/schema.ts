/** The tables of sso; times are RFC 3339 text in UTC, lists and keys are JSON text. */
export interface SsoSchema {
  organizations: { id: string; name: string; uscc: string; imported_digest: string };
  people: {
    id: string;
    username: string;
    name: string;
    password_hash: string;
    organization_id: string;
    entitlements: string;
    imported_digest: string;
  };
  clients: {
    id: string;
    name: string;
    key: string;
    grant_types: string;
    redirect_uris: string;
    post_logout_redirect_uris: string;
    scope: string;
    entitlements: string;
    imported_digest: string;
  };
  /** Every key that a client had; one that was removed never comes back. `key_id` is the thumbprint (RFC 7638). */
  client_keys: { client_id: string; key_id: string; key: string; state: "registered" | "removed" };
  login_attempts: { key: string; failures: number; last_at: string; blocked_until: string };
  protocol_records: {
    model: string;
    id: string;
    payload: string;
    grant_id: string | null;
    uid: string | null;
    consumed_at: string | null;
    expires_at: string;
  };
}
