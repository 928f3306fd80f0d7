import { generateSync, generateURI, ScureBase32Plugin } from "otplib";

import { equalBytes, utf8Of } from "../bytes/index.ts";

/** How codes are made. Authenticator apps know the first of each alone; the others are for hardware tokens. */
export interface OtpParameters {
  readonly algorithm: "sha1" | "sha256" | "sha512";
  readonly digits: 6 | 7 | 8;
  /** How long a time step is (RFC 6238 §4.1). HOTP has none. */
  readonly stepSeconds: number;
}

/** RFC 6238 §4.1 and what every app can do. HMAC does not need its digest to resist collisions, so SHA-1 is sound here. */
export const defaultOtpParameters: OtpParameters = { algorithm: "sha1", digits: 6, stepSeconds: 30 };

/** RFC 4226 §4 R6 recommends 160 bits. */
export const otpSecretBytes = 20;

/** RFC 4226 §4 R6 demands 128 bits; shorter secrets are refused. */
const leastSecretBytes = 16;

/** A code of one step before or after is taken too: clocks differ, and typing takes time (RFC 6238 §5.2). */
const toleratedSteps = 1;

/** How far a counter that nobody pressed wrong runs ahead (RFC 4226 §7.4); each more makes guessing easier. */
export const hotpLookAhead = 5;

/** A code to be checked against a clock. */
export interface TotpAttempt {
  /** Shared with one authenticator. */
  readonly secret: Uint8Array;
  /** As the person typed it. */
  readonly code: string;
  readonly at: Date;
  /** The step of the last code that was accepted from this authenticator; a step serves once (RFC 6238 §5.2). */
  readonly lastUsedStep: number | undefined;
  readonly parameters?: OtpParameters;
}

export type TotpResult =
  | {
      readonly accepted: true;
      /** To be stored as `lastUsedStep` in the transaction that lets the person in, so that two requests cannot share it. */
      readonly step: number;
    }
  /** `used`: right, and seen before: somebody looked over a shoulder. People are told the same as for `wrong`. */
  | { readonly accepted: false; readonly reason: "malformed" | "wrong" | "used" };

/**
 * Whether this is the code of now, or of one step before or after, and of a step that was not used (RFC 6238 §4, §5.2). The time
 * it takes does not depend on how much of a code is right. How often may be tried is for the caller to limit.
 *
 * @throws RangeError for a secret under 128 bits.
 */
export function verifyTotp(attempt: TotpAttempt): TotpResult {
  const { secret, code, at, lastUsedStep, parameters = defaultOtpParameters } = attempt;
  if (!isCode(code, parameters)) return { accepted: false, reason: "malformed" };
  const now = stepAt(at, parameters);
  const steps = [now - toleratedSteps, now, now + toleratedSteps].filter((step) => step >= 0);
  // All are computed and compared, whichever is right.
  const right = steps.filter((step) => isSame(code, codeOf(secret, step, parameters)));
  // The latest, so that the code cannot serve again where two steps happen to share it.
  const fresh = right.filter((step) => step > (lastUsedStep ?? -1)).pop();
  if (fresh !== undefined) return { accepted: true, step: fresh };
  return { accepted: false, reason: right.length > 0 ? "used" : "wrong" };
}

/** The code an authenticator shows at this time (RFC 6238 §4.2). @throws RangeError for a secret under 128 bits. */
export function totpCode(
  secret: Uint8Array,
  at: Date,
  parameters: OtpParameters = defaultOtpParameters,
): string {
  return codeOf(secret, stepAt(at, parameters), parameters);
}

/** A code to be checked against a counter. */
export interface HotpAttempt {
  readonly secret: Uint8Array;
  readonly code: string;
  /** The first counter that was not used yet. */
  readonly counter: number;
  readonly parameters?: Omit<OtpParameters, "stepSeconds">;
}

export type HotpResult =
  | { readonly accepted: true; readonly nextCounter: number }
  | { readonly accepted: false; readonly reason: "malformed" | "wrong" };

/**
 * Whether this is the code of the counter or of one of the next {@link hotpLookAhead} (RFC 4226 §7.2, §7.4). Counters before it are
 * never accepted, so no code serves twice once `nextCounter` is stored.
 *
 * @throws RangeError for a secret under 128 bits, or a counter that is none.
 */
export function verifyHotp({
  secret,
  code,
  counter,
  parameters = defaultOtpParameters,
}: HotpAttempt): HotpResult {
  if (!Number.isSafeInteger(counter + hotpLookAhead) || counter < 0) throw new RangeError("not a counter");
  if (!isCode(code, parameters)) return { accepted: false, reason: "malformed" };
  const counters = Array.from({ length: hotpLookAhead + 1 }, (_, ahead) => counter + ahead);
  const right = counters.filter((candidate) => isSame(code, codeOf(secret, candidate, parameters)));
  const [first] = right;
  return first === undefined
    ? { accepted: false, reason: "wrong" }
    : { accepted: true, nextCounter: first + 1 };
}

/** A fresh secret for one authenticator. */
export function generateOtpSecret(randomBytes: (size: number) => Uint8Array): Uint8Array {
  return randomBytes(otpSecretBytes);
}

/** The `otpauth:` address that apps read from a QR code. It holds the secret: it is shown once and stored nowhere. */
export function otpAuthUri(enrolment: {
  readonly secret: Uint8Array;
  readonly issuer: string;
  readonly account: string;
  readonly parameters?: OtpParameters;
}): string {
  const { secret, issuer, account, parameters = defaultOtpParameters } = enrolment;
  return generateURI({
    strategy: "totp",
    issuer,
    label: account,
    secret: base32OfSecret(secret),
    algorithm: parameters.algorithm,
    digits: parameters.digits,
    period: parameters.stepSeconds,
  });
}

/** The secret as people type it (RFC 4648 §6, without padding). */
export function base32OfSecret(secret: Uint8Array): string {
  return new ScureBase32Plugin().encode(secret);
}

function codeOf(
  secret: Uint8Array,
  counter: number,
  { algorithm, digits }: Omit<OtpParameters, "stepSeconds">,
): string {
  if (secret.length < leastSecretBytes) throw new RangeError("a secret has at least 128 bits");
  return generateSync({ strategy: "hotp", secret, counter, algorithm, digits });
}

function stepAt(at: Date, { stepSeconds }: OtpParameters): number {
  return Math.floor(at.getTime() / 1000 / stepSeconds);
}

function isCode(code: string, { digits }: Pick<OtpParameters, "digits">): boolean {
  return code.length === digits && /^[0-9]+$/.test(code);
}

function isSame(code: string, expected: string): boolean {
  return equalBytes(utf8Of(code), utf8Of(expected));
}
