const years = 3;

/** Without the fraction, which the times of a seal cannot carry. */
export function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/**
 * From now on for three years, but never longer than the owner's certificate: a seal that outlived it could be applied
 * and not be verified.
 */
export function sealValidity(
  createdAt: Date,
  certificateNotAfter: Date,
): { readonly validFrom: Date; readonly validUntil: Date } {
  const wanted = new Date(createdAt);
  wanted.setUTCFullYear(createdAt.getUTCFullYear() + years);
  return { validFrom: createdAt, validUntil: wanted < certificateNotAfter ? wanted : certificateNotAfter };
}
