/**
 * One-time passwords of authenticator apps and tokens: our policy over RFC 6238 (TOTP) and RFC 4226 (HOTP).
 *
 * {@link verifyTotp} says whether a typed code is right and which time step it was of. The caller stores that step with the
 * sign-on that it permits: a step serves once, so a code that was read over a shoulder is worth nothing. The arithmetic is
 * otplib's; which codes are accepted is decided here.
 */
export {
  base32OfSecret,
  defaultOtpParameters,
  generateOtpSecret,
  hotpLookAhead,
  otpAuthUri,
  otpSecretBytes,
  totpCode,
  verifyHotp,
  verifyTotp,
} from "./one-time-password.ts";
export type { HotpAttempt, HotpResult, OtpParameters, TotpAttempt, TotpResult } from "./one-time-password.ts";
