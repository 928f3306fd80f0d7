/** x⁸ + x⁴ + x³ + x + 1 without its first term, the field of AES (FIPS 197 §4.2). */
const reduction = 0x1b;

/** A product in GF(2⁸); no table and no branch depends on the factors, so time shows neither. */
export function multiply(left: number, right: number): number {
  let product = 0;
  let factor = left;
  for (let bit = 0; bit < 8; bit += 1) {
    product ^= factor & -((right >> bit) & 1);
    factor = ((factor << 1) & 0xff) ^ (reduction & -(factor >> 7));
  }
  return product;
}

/** a⁻¹ = a²⁵⁴; nought for nought. */
export function invert(value: number): number {
  let power = value;
  let result = 1;
  // 254 = 0b11111110: every square but the first.
  for (let bit = 1; bit < 8; bit += 1) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}
