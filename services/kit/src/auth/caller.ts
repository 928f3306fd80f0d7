/** Who calls, as the access token says and nothing else does. */
export interface Caller {
  /** Whom the token is for: a person, or the system itself. */
  readonly subject: string;
  /** Who acts for the subject, if somebody does. */
  readonly actor?: string;
  readonly clientId: string;
  /** What this caller may do through this client: scope and entitlements, both. */
  readonly permissions: ReadonlySet<string>;
  /** The organization on whose behalf the caller acts, if any. */
  readonly organization?: string;
}

/** Finds out who calls. */
export interface Authenticator {
  /**
   * Called before anything else of the request is read.
   *
   * @param authorization the header as it came, or undefined without one.
   * @throws Refusal `unauthenticated` if it does not prove who calls; `service-unreachable` if that cannot be found out.
   */
  authenticate(authorization: string | undefined): Promise<Caller>;
}

/** Who did it and for whom, as audit rows carry them. */
export function actorsOf(caller: Caller): { readonly actor: string; readonly onBehalfOf?: string } {
  return caller.actor === undefined
    ? { actor: caller.subject }
    : { actor: caller.actor, onBehalfOf: caller.subject };
}
