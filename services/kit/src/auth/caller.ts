/** Who calls, as the access token or the officer's signature says and nothing else does. */
export interface Caller {
  /** Whom the token is for: a person, or the system itself. An officer's id where an officer signed the request. */
  readonly subject: string;
  /** Who acts for the subject, if somebody does. */
  readonly actor?: string;
  readonly clientId: string;
  /** What this caller may do through this client: scope and entitlements, both. */
  readonly permissions: ReadonlySet<string>;
  /** The organization on whose behalf the caller acts, if any. */
  readonly organization?: string;
  /** Whether an officer of the policy in force signed this very request; no token makes anybody one. */
  readonly isOfficer?: true;
}

/** What of a request an authenticator may look at besides `Authorization`, for callers who sign the request itself. */
export interface RequestFacts {
  /** Upper case. */
  readonly method: string;
  /** The whole address under the service's own base address: what RFC 9421 calls `@target-uri`. */
  readonly targetUri: string;
  /** Name and value of each header line, in the order in which they came; a name can occur more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body, read within its limit; asked for only once the signature over the rest of the request has held. */
  body(): Promise<Uint8Array>;
}

/** Finds out who calls. */
export interface Authenticator {
  /**
   * Called before anything else of the request is read.
   *
   * @param authorization the header as it came, or undefined without one.
   * @param request the rest of the request; not every authenticator needs it.
   * @throws Refusal `unauthenticated` if it does not prove who calls, `request-signature-not-valid` where an officer signed it;
   *   `service-unreachable` if that cannot be found out.
   */
  authenticate(authorization: string | undefined, request?: RequestFacts): Promise<Caller>;
}

/** Who did it and for whom, as audit rows carry them. */
export function actorsOf(caller: Caller): { readonly actor: string; readonly onBehalfOf?: string } {
  return caller.actor === undefined
    ? { actor: caller.subject }
    : { actor: caller.actor, onBehalfOf: caller.subject };
}
