/** A unit (单位): whom its staff act for. */
export interface Organization {
  readonly id: `org_${string}`;
  readonly name: string;
  /** Unified social credit code (统一社会信用代码, GB 32100-2015). */
  readonly uscc: string;
}

/** A natural person who logs in. */
export interface Person {
  readonly id: `psn_${string}`;
  readonly username: string;
  readonly name: string;
  /** Argon2id in PHC string format. */
  readonly passwordHash: string;
  readonly organizationId: Organization["id"];
  /** Permissions that the person holds, whatever the client asks for. */
  readonly entitlements: readonly string[];
}

/** What a person is called when a token or a page is made: never with the password hash. */
export interface Account {
  readonly id: Person["id"];
  readonly name: string;
  readonly organization: Organization;
  readonly entitlements: readonly string[];
}

/** A public P-256 key as a JWK (RFC 7517, RFC 7518 §6.2). */
export interface ClientKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid?: string | undefined;
  readonly alg?: "ES256" | undefined;
  readonly use?: "sig" | undefined;
}

export const grantTypes = ["authorization_code", "client_credentials"] as const;
export type GrantType = (typeof grantTypes)[number];

/** A system that asks for tokens; it proves itself with its key (`private_key_jwt`, RFC 7523). */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** The one that the manifest names; see {@link RegisteredClient} for those that count. */
  readonly key: ClientKey;
  readonly grantTypes: readonly GrantType[];
  /** Compared as exact strings (RFC 9700 §2.1). */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** What the client may ask for: OpenID Connect scopes and permissions. */
  readonly scope: readonly string[];
  /** Permissions that the client holds when it acts for itself. */
  readonly entitlements: readonly string[];
}

/** A client as it is now: it may have put other keys in the place of the manifest's. */
export interface RegisteredClient extends Client {
  /** Any of these proves the client; never empty. */
  readonly keys: readonly ClientKey[];
}

/** A user name as it is stored and compared: NFC, without white space around it. */
export function normalizedUsername(typed: string): string {
  return typed.normalize("NFC").trim();
}
