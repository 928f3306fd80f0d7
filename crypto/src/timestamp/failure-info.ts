/** PKIFailureInfo: why a request was refused, with its bit (RFC 3161 §2.4.2). */
export const failureBits = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  unacceptedPolicy: 15,
  unacceptedExtension: 16,
  addInfoNotAvailable: 17,
  systemFailure: 25,
} as const;

export type TimeStampFailure = keyof typeof failureBits;

/** PKIStatus (RFC 3161 §2.4.2). */
export const statusNumbers = {
  granted: 0,
  grantedWithMods: 1,
  rejection: 2,
  waiting: 3,
  revocationWarning: 4,
  revocationNotification: 5,
} as const;

export type TimeStampStatus = keyof typeof statusNumbers;

/** The contents of the BIT STRING with one bit, without trailing zeros (X.690 §11.2.2). */
export function failureOctets(failure: TimeStampFailure): Uint8Array {
  const bit = failureBits[failure];
  const octets = new Uint8Array(2 + (bit >> 3));
  octets[0] = 7 - (bit & 7);
  octets[1 + (bit >> 3)] = 0x80 >> (bit & 7);
  return octets;
}

/** The failures named by the set bits; bits without a name are left out. */
export function failuresOf(octets: Uint8Array): readonly TimeStampFailure[] {
  const names = Object.keys(failureBits) as readonly TimeStampFailure[];
  return names.filter((name) => {
    const bit = failureBits[name];
    return ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  });
}
