import type { Signer } from "@yinxin/crypto/signer";
import type { PublicEcJwk } from "@yinxin/crypto/tokens";
import type { Clock } from "@yinxin/service-kit/clock";

import type { Account, RegisteredClient } from "../domain/account.ts";
import type { IssuedAccessToken } from "../operations/record-tokens.ts";

/** One record of the library's, as the store keeps it. */
export interface ProtocolRecord {
  readonly model: string;
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly grantId?: string;
  readonly uid?: string;
  readonly expiresAt: Date;
}

/** Where the library's records live. `consume` and `add` are atomic: of two callers at the same moment one gets true. */
export interface ProtocolRecords {
  find(
    model: string,
    id: string,
  ): Promise<{ readonly payload: Readonly<Record<string, unknown>>; readonly consumedAt?: Date } | undefined>;
  findByUid(
    model: string,
    uid: string,
  ): Promise<{ readonly payload: Readonly<Record<string, unknown>>; readonly consumedAt?: Date } | undefined>;
  put(record: ProtocolRecord): Promise<void>;
  add(record: ProtocolRecord): Promise<boolean>;
  consume(model: string, id: string, at: Date): Promise<boolean>;
  remove(model: string, id: string): Promise<void>;
  removeByGrant(model: string, grantId: string): Promise<void>;
}

export interface AdapterDeps {
  readonly records: ProtocolRecords;
  readonly clients: { find(id: string): Promise<RegisteredClient | undefined> };
  readonly clock: Clock;
}

/** What a page needs to know of the request to choose its language. */
export interface PageRequest {
  readonly query?: unknown;
  readonly acceptLanguage?: string;
}

/** A finished page. */
export interface RenderedPage {
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
}

/** The pages that the protocol shows by itself; login is an interaction and comes from our own routes. */
export interface SignOnPages {
  /** @param page.form the library's form without a button, already escaped; its id is `op.logoutForm`. */
  logout(
    request: PageRequest,
    page: {
      readonly form: string;
      readonly clientName: string | undefined;
      /** The origin that the browser goes to afterwards. */
      readonly returnOrigin: string | undefined;
    },
  ): RenderedPage;
  loggedOut(request: PageRequest): RenderedPage;
  error(
    request: PageRequest,
    page: { readonly code: string; readonly description: string | undefined },
  ): RenderedPage;
}

/** The key that signs one token. */
export interface TokenKey {
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
  /** ES256. */
  readonly signer: Signer;
}

/** The public keys as they are at this moment; asked again for every request. */
export interface PublishedTokenKeys {
  /** What `/jwks` shows. */
  document(): Promise<{
    readonly keys: readonly PublicEcJwk[];
    /** Thumbprints of keys that are believed no more, whatever a cache still holds. */
    readonly deniedKeyIds: readonly string[];
    /** How long the document may be kept. */
    readonly maxAgeSeconds: number;
  }>;
  /** Every key that an earlier ID token of ours may carry, also one that `/jwks` shows no more; never a denied one. */
  known(): Promise<readonly PublicEcJwk[]>;
}

export interface SignOnDeps extends AdapterDeps {
  readonly issuer: string;
  readonly tokenKeys: PublishedTokenKeys;
  /** At least 32 random bytes. */
  readonly cookieSecret: Uint8Array;
  readonly accounts: { find(id: string): Promise<Account | undefined> };
  readonly pages: SignOnPages;
  /**
   * Each resolves when event and use of the key are stored, with the key whose use it was: that key signs this token.
   *
   * @throws Refusal `key-suspended`, `key-not-active`, `key-frozen`, `key-limit-reached`: no token is signed.
   */
  recordAccessToken(token: IssuedAccessToken): Promise<TokenKey>;
  recordIdToken(account: Account, clientId: string): Promise<TokenKey>;
  recordLogout(accountId: string): Promise<void>;
  /** A fault of ours, which the person sees without detail. */
  reportFault(cause: unknown): void;
}
