/**
 * The primes by which the keys of a faulty library of chips are told (CVE-2017-15361, "ROCA"): its primes are powers of
 * 65537 modulo each of them, so that anybody can factor the moduli.
 */
const tellingPrimes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157] as const;

const powers: readonly (readonly [prime: bigint, powers: ReadonlySet<bigint>])[] = tellingPrimes.map(
  (prime) => {
    const modulus = BigInt(prime);
    const seen = new Set<bigint>();
    for (let power = 1n; !seen.has(power); power = (power * 65537n) % modulus) seen.add(power);
    return [modulus, seen];
  },
);

/** Whether an RSA modulus has the mark of ROCA; of others fewer than one in a hundred million have it by chance. */
export function isRocaModulus(modulus: bigint): boolean {
  return powers.every(([prime, set]) => set.has(modulus % prime));
}
