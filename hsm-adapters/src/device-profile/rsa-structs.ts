import { layOut, memberOf, readNumber, writeNumber } from "./struct-layout.ts";
import type { StructLayout } from "./struct-layout.ts";
import type { DeviceProfile } from "./device-profile.ts";
import { profileWrong } from "./profile-wrong.ts";

type RsaRules = Pick<DeviceProfile, "name" | "rsaMaximumBits" | "packing" | "ulongOctets">;

/** What fits no key of ours: the suite signs with RSA keys from here on. */
const minimumBits = 1_024;

/** Numbers without leading zeros, big endian. */
export interface RsaNumbers {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

/** RSArefPublicKey (GM/T 0018-2012 §5.4): bits, m, e, both numbers in the width of the largest modulus. */
export function rsaPublicKeyLayout(rules: RsaRules): StructLayout<"bits" | "m" | "e"> {
  const number = { octets: rules.rsaMaximumBits / 8 };
  return layOut(rules, [
    { name: "bits", kind: "ulong" },
    { name: "m", kind: number },
    { name: "e", kind: number },
  ]);
}

/** @throws KeyStoreError `profile-wrong` if the number of bits is not that of the modulus. */
export function readRsaPublicKey(rules: RsaRules, struct: Uint8Array): RsaNumbers {
  const layout = rsaPublicKeyLayout(rules);
  const bits = readNumber(memberOf(layout, struct, "bits"));
  const modulus = withoutZeros(memberOf(layout, struct, "m"));
  const exponent = withoutZeros(memberOf(layout, struct, "e"));
  const isWhole = bits >= minimumBits && modulus.length === Math.ceil(bits / 8) && exponent.length > 0;
  if (!isWhole)
    throw profileWrong(
      rules,
      "rsaMaximumBits",
      `a public key says it has ${String(bits)} bits, and its modulus has ${String(modulus.length)} octets`,
    );
  return { modulus, exponent };
}

export function writeRsaPublicKey(rules: RsaRules, { modulus, exponent }: RsaNumbers): Uint8Array {
  const layout = rsaPublicKeyLayout(rules);
  const struct = new Uint8Array(layout.size);
  writeNumber(memberOf(layout, struct, "bits"), modulus.length * 8);
  for (const [name, number] of [["m", modulus] as const, ["e", exponent] as const]) {
    const member = memberOf(layout, struct, name);
    member.set(number, member.length - number.length);
  }
  return struct;
}

function withoutZeros(octets: Uint8Array): Uint8Array {
  const start = octets.findIndex((octet) => octet !== 0);
  return start < 0 ? new Uint8Array() : octets.slice(start);
}
