/** The last serial number of a division: eight digits follow its code. */
export const serialMax = 99_999_999;

/**
 * The national code of a seal: the six digits of the administrative division (GB/T 2260) and a serial number of eight.
 * It is also the common name of the owner's certificate.
 *
 * @throws RangeError if the division has used up its numbers, or the parts are not what they should be.
 */
export function sealCodeOf(divisionCode: string, serial: number): string {
  if (!/^[0-9]{6}$/.test(divisionCode)) throw new RangeError("a division code has six digits");
  if (!Number.isInteger(serial) || serial < 1 || serial > serialMax) {
    throw new RangeError(`division ${divisionCode} has no serial number ${String(serial)}`);
  }
  return divisionCode + String(serial).padStart(8, "0");
}
