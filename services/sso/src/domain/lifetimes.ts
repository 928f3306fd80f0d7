/**
 * Seconds that things live. A session ends half an hour after the last visit to sso (GB/T 22239-2019 §8.1.4.1 b); an
 * access token cannot be recalled by whoever checks it, so it never outlives the session that it came from by much.
 */
export const lifetimes = {
  session: 30 * 60,
  personAccessToken: 30 * 60,
  systemAccessToken: 10 * 60,
  idToken: 10 * 60,
  authorizationCode: 60,
  /** How long the login page may stay open. */
  interaction: 30 * 60,
  grant: 12 * 60 * 60,
} as const;

/** No token that the token key signs is believed longer. */
export const longestTokenSeconds = Math.max(
  lifetimes.personAccessToken,
  lifetimes.systemAccessToken,
  lifetimes.idToken,
);
