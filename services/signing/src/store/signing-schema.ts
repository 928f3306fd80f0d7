/** Times are RFC 3339 text in UTC. */
export interface SigningSchema {
  purposes: {
    name: string;
    algorithm: string;
    /** Of the first key; what is in force is in the purpose's ring. */
    key_uri: string;
    certificate: Uint8Array;
    chain: Uint8Array;
    created_at: string;
  };
  signatures: {
    id: string;
    purpose: string;
    key_version: number;
    message_digest: string;
    signed_at: string;
    actor: string;
    on_behalf_of: string | null;
  };
}
