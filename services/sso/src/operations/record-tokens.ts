import type { Clock } from "@yinxin/service-kit/clock";

import type { Account } from "../domain/account.ts";
import type { Audit, Transact } from "./ports.ts";

export interface RecordDeps<Tx> {
  readonly audit: Audit<Tx>;
  readonly transact: Transact<Tx>;
  readonly clock: Clock;
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

/** Writes that the token key is going to sign an access token; a token is signed only after this has resolved. */
export async function recordAccessToken<Tx>(deps: RecordDeps<Tx>, token: IssuedAccessToken): Promise<void> {
  const { actor, onBehalfOf, clientId, tokenId, scope, expiresAt } = token;
  await deps.transact((tx) =>
    deps.audit.in(tx).append({
      action: "access-token.issued",
      actor,
      ...(onBehalfOf !== undefined && { onBehalfOf }),
      subject: actor,
      occurredAt: deps.clock.now(),
      detail: { client_id: clientId, token_id: tokenId, scope, expires_at: expiresAt.toISOString() },
    }),
  );
}

/** The same for an ID token. */
export async function recordIdToken<Tx>(
  deps: RecordDeps<Tx>,
  { id }: Account,
  clientId: string,
): Promise<void> {
  await deps.transact((tx) =>
    deps.audit.in(tx).append({
      action: "id-token.issued",
      actor: id,
      subject: id,
      occurredAt: deps.clock.now(),
      detail: { client_id: clientId },
    }),
  );
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
