import type { Signer } from "@yinxin/crypto/signer";
import { publicJwkOfSpki } from "@yinxin/crypto/tokens";
import type { Clock } from "@yinxin/service-kit/clock";
import { canOutlive } from "@yinxin/service-kit/key-rings";
import type { KeyRings, KeyUse } from "@yinxin/service-kit/key-rings";

import type { Account } from "../domain/account.ts";
import { lifetimes } from "../domain/lifetimes.ts";
import { tokenPurpose } from "../domain/token-ring.ts";
import type { Audit, Transact } from "./ports.ts";

export interface RecordDeps<Tx> {
  readonly audit: Audit<Tx>;
  readonly transact: Transact<Tx>;
  readonly clock: Clock;
}

export interface RecordTokenDeps<Tx> extends RecordDeps<Tx> {
  readonly rings: Pick<KeyRings, "withKey">;
}

/** One token that is going to be signed. */
export interface IssuedAccessToken {
  readonly actor: string;
  /** Whom the token is for, if that is not who acts. */
  readonly onBehalfOf?: string;
  readonly clientId: string;
  readonly tokenId: string;
  readonly scope: string;
  readonly expiresAt: Date;
}

/** The key that signs one token, and its name in the token's header: its thumbprint (RFC 7638). */
export interface TokenKey {
  readonly keyId: string;
  readonly signer: Signer;
}

/**
 * Writes that the token key is going to sign an access token, and counts the use; a token is signed only after this has
 * resolved, with the key that it gives. So a key that is suspended signs nothing from that moment on, in any process.
 *
 * @throws Refusal as {@link KeyRings.withKey} and the counting of the use.
 */
export async function recordAccessToken<Tx>(
  deps: RecordTokenDeps<Tx>,
  token: IssuedAccessToken,
): Promise<TokenKey> {
  const { actor, onBehalfOf, clientId, tokenId, scope, expiresAt } = token;
  return await withTokenKey(deps, expiresAt, (key, occurredAt) =>
    deps.transact((tx) =>
      deps.audit.in(tx).append({
        action: "access-token.issued",
        actor,
        ...(onBehalfOf !== undefined && { onBehalfOf }),
        subject: actor,
        occurredAt,
        key,
        detail: { client_id: clientId, token_id: tokenId, scope, expires_at: expiresAt.toISOString() },
      }),
    ),
  );
}

/** The same for an ID token. */
export async function recordIdToken<Tx>(
  deps: RecordTokenDeps<Tx>,
  { id }: Account,
  clientId: string,
): Promise<TokenKey> {
  const expiresAt = new Date(deps.clock.now().getTime() + lifetimes.idToken * 1000);
  return await withTokenKey(deps, expiresAt, (key, occurredAt) =>
    deps.transact((tx) =>
      deps.audit.in(tx).append({
        action: "id-token.issued",
        actor: id,
        subject: id,
        occurredAt,
        key,
        detail: { client_id: clientId },
      }),
    ),
  );
}

async function withTokenKey<Tx>(
  { rings, clock }: RecordTokenDeps<Tx>,
  expiresAt: Date,
  record: (use: KeyUse, at: Date) => Promise<void>,
): Promise<TokenKey> {
  return await rings.withKey(tokenPurpose, async (key) => {
    const at = clock.now();
    if (!canOutlive(key.version, expiresAt, at)) {
      throw new Error("a token would be believed longer than its key is shown");
    }
    await record(key.use, at);
    return { keyId: publicJwkOfSpki(key.version.publicKey).kid, signer: key.signer };
  });
}

/** Writes that a person's session has ended. */
export async function recordLogout<Tx>(deps: RecordDeps<Tx>, accountId: string): Promise<void> {
  await deps.transact((tx) =>
    deps.audit.in(tx).append({
      action: "session.ended",
      actor: accountId,
      subject: accountId,
      occurredAt: deps.clock.now(),
      detail: {},
    }),
  );
}
