import { layOut, memberOf, readNumber, writeNumber } from "./struct-layout.ts";
import type { Member, StructLayout } from "./struct-layout.ts";
import type { CipherMember, DeviceProfile } from "./device-profile.ts";
import { profileWrong } from "./profile-wrong.ts";

/** Every number of SM2 and P-256 has 256 bits, however wide the structure stores it. */
const numberOctets = 32;
const curveBits = 256;
const hashOctets = 32;

type PublicKeyRules = Pick<DeviceProfile, "name" | "eccMaximumBits" | "packing" | "ulongOctets">;
type CipherRules = PublicKeyRules & Pick<DeviceProfile, "cipherLayout" | "cipherOctets">;

/** ECCrefPublicKey (GM/T 0018-2012 §5.5), ECCPUBLICKEYBLOB (GM/T 0016-2012 §6.4.5): bits, x, y. */
export function eccPublicKeyLayout(rules: PublicKeyRules): StructLayout<"bits" | "x" | "y"> {
  const number = { octets: rules.eccMaximumBits / 8 };
  return layOut(rules, [
    { name: "bits", kind: "ulong" },
    { name: "x", kind: number },
    { name: "y", kind: number },
  ]);
}

/**
 * x ‖ y in 64 octets.
 *
 * @throws KeyStoreError `profile-wrong` if it has not 256 bits, or something stands before the numbers.
 */
export function readEccPublicKey(rules: PublicKeyRules, struct: Uint8Array): Uint8Array {
  const layout = eccPublicKeyLayout(rules);
  const bits = readNumber(memberOf(layout, struct, "bits"));
  if (bits !== curveBits)
    throw profileWrong(rules, "ulongOctets", `a public key says it has ${String(bits)} bits`);
  return joinedNumbers(rules, memberOf(layout, struct, "x"), memberOf(layout, struct, "y"));
}

export function writeEccPublicKey(rules: PublicKeyRules, xy: Uint8Array): Uint8Array {
  const layout = eccPublicKeyLayout(rules);
  const struct = new Uint8Array(layout.size);
  writeNumber(memberOf(layout, struct, "bits"), curveBits);
  setRight(memberOf(layout, struct, "x"), xy.subarray(0, numberOctets));
  setRight(memberOf(layout, struct, "y"), xy.subarray(numberOctets));
  return struct;
}

/** ECCSignature (GM/T 0018-2012 §5.7), ECCSIGNATUREBLOB (GM/T 0016-2012 §6.4.8): r, s. */
export function eccSignatureLayout(rules: PublicKeyRules): StructLayout<"r" | "s"> {
  const known = signatureLayouts.get(rules);
  if (known !== undefined) return known;
  const number = { octets: rules.eccMaximumBits / 8 };
  const layout = layOut(rules, [
    { name: "r", kind: number },
    { name: "s", kind: number },
  ]);
  signatureLayouts.set(rules, layout);
  return layout;
}

// The one that every signature needs, twice.
const signatureLayouts = new WeakMap<PublicKeyRules, StructLayout<"r" | "s">>();

/** r ‖ s in 64 octets. @throws KeyStoreError `profile-wrong` if something stands before the numbers. */
export function readEccSignature(rules: PublicKeyRules, struct: Uint8Array): Uint8Array {
  const layout = eccSignatureLayout(rules);
  return joinedNumbers(rules, memberOf(layout, struct, "r"), memberOf(layout, struct, "s"));
}

export function writeEccSignature(rules: PublicKeyRules, rs: Uint8Array): Uint8Array {
  const layout = eccSignatureLayout(rules);
  const struct = new Uint8Array(layout.size);
  setRight(memberOf(layout, struct, "r"), rs.subarray(0, numberOctets));
  setRight(memberOf(layout, struct, "s"), rs.subarray(numberOctets));
  return struct;
}

/** A ciphertext taken apart: C1 as x ‖ y, C3, C2. */
export interface EccCipher {
  readonly point: Uint8Array;
  readonly hash: Uint8Array;
  readonly text: Uint8Array;
}

/**
 * ECCCipher (GM/T 0018-2012 §5.6), ECCCIPHERBLOB (GM/T 0016-2012 §6.4.7), in the order of the profile.
 *
 * @param textOctets of the text that it is for; ignored where the profile says how long C always is.
 */
export function eccCipherLayout(rules: CipherRules, textOctets: number): StructLayout<CipherMember> {
  const number = { octets: rules.eccMaximumBits / 8 };
  const kinds: Readonly<Record<CipherMember, Member<CipherMember>["kind"]>> = {
    x: number,
    y: number,
    M: { octets: hashOctets },
    L: "ulong",
    C: { octets: rules.cipherOctets === 0 ? textOctets : rules.cipherOctets },
  };
  return layOut(
    rules,
    rules.cipherLayout.map((name) => ({ name, kind: kinds[name] })),
  );
}

/** @throws KeyStoreError `profile-wrong` if the length is impossible, or something stands before the numbers. */
export function readEccCipher(rules: CipherRules, struct: Uint8Array): EccCipher {
  const { offset, octets } = eccCipherLayout(rules, 0).members.L;
  const length = readNumber(struct.subarray(offset, offset + octets));
  const layout = eccCipherLayout(rules, length);
  const isPossible = length > 0 && layout.size <= struct.length && length <= layout.members.C.octets;
  if (!isPossible)
    throw profileWrong(rules, "cipherLayout", `a ciphertext says its text has ${String(length)} octets`);
  return {
    point: joinedNumbers(rules, memberOf(layout, struct, "x"), memberOf(layout, struct, "y")),
    hash: memberOf(layout, struct, "M").slice(),
    text: memberOf(layout, struct, "C").slice(0, length),
  };
}

/** @throws RangeError for a text longer than the profile has room for. */
export function writeEccCipher(rules: CipherRules, cipher: EccCipher): Uint8Array {
  const layout = eccCipherLayout(rules, cipher.text.length);
  if (cipher.text.length > layout.members.C.octets)
    throw new RangeError(`this device decrypts at most ${String(layout.members.C.octets)} octets`);
  const struct = new Uint8Array(layout.size);
  setRight(memberOf(layout, struct, "x"), cipher.point.subarray(0, numberOctets));
  setRight(memberOf(layout, struct, "y"), cipher.point.subarray(numberOctets));
  memberOf(layout, struct, "M").set(cipher.hash);
  writeNumber(memberOf(layout, struct, "L"), cipher.text.length);
  memberOf(layout, struct, "C").set(cipher.text);
  return struct;
}

/** Two numbers that stand at the right end of their members, with zeros before them. */
function joinedNumbers(rules: PublicKeyRules, left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(2 * numberOctets);
  for (const [at, member] of [left, right].entries()) {
    const excess = member.length - numberOctets;
    if (member.subarray(0, excess).some((octet) => octet !== 0))
      throw profileWrong(rules, "eccMaximumBits", "something other than zeros stands before a number");
    joined.set(member.subarray(excess), at * numberOctets);
  }
  return joined;
}

function setRight(member: Uint8Array, number: Uint8Array): void {
  member.set(number, member.length - number.length);
}
