import type { Account, Client } from "./account.ts";

/** Who a token is for and what they may do, as resource servers read it (RFC 9068 §2.2.3, RFC 8693 §4.1). */
export interface AccessTokenClaims {
  readonly sub: string;
  readonly act?: { readonly sub: string };
  readonly organization?: string;
  readonly entitlements: readonly string[];
}

/** Staff act for their organization: the token is the organization's, and names the person who acts. */
export function claimsOfStaff(account: Account): AccessTokenClaims {
  return {
    sub: account.organization.id,
    act: { sub: account.id },
    organization: account.organization.id,
    entitlements: account.entitlements,
  };
}

/** A system acts for itself. */
export function claimsOfSystem(client: Client): AccessTokenClaims {
  return { sub: client.id, entitlements: client.entitlements };
}

/** What a client learns about the person who logged in. */
export interface IdentityClaims {
  readonly sub: string;
  readonly name: string;
  readonly organization: { readonly id: string; readonly name: string };
}

/** The claims of somebody's identity; never more than the name and the unit. */
export function identityClaims({ id, name, organization }: Account): IdentityClaims {
  return { sub: id, name, organization: { id: organization.id, name: organization.name } };
}
