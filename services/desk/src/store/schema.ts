/** The tables of desk; times are RFC 3339 text in UTC. */
export interface DeskSchema {
  sessions: {
    id_digest: string;
    form_token: string;
    access_token: string;
    id_token: string;
    person_id: string;
    person_name: string;
    organization_name: string;
    last_seen_at: string;
    token_expires_at: string;
  };
  logins: {
    id_digest: string;
    state: string;
    nonce: string;
    verifier: string;
    return_path: string;
    expires_at: string;
  };
  results: {
    id: string;
    session_digest: string;
    application_id: string;
    file_name: string;
    format: string;
    digest: string;
    content: Uint8Array;
    seal_name: string;
    signed_at: string;
    expires_at: string;
  };
}
