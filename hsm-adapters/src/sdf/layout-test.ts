import {
  createOutput,
  eccCipherLayout,
  eccPublicKeyLayout,
  isSm2Point,
  overrunOf,
  profileWrong,
  readEccCipher,
  readEccPublicKey,
  writeEccPublicKey,
} from "../device-profile/index.ts";
import type { CipherLayout, DeviceProfile } from "../device-profile/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { exportPublicKey } from "./sdf-keys.ts";
import type { SdfKeyPlace } from "./sdf-key-uri.ts";
import type { SdfHandle, SdfLibrary } from "./sdf-library.ts";

/** Fields that decide where the octets of a key are. */
type KeyLayout = Pick<DeviceProfile, "eccMaximumBits" | "ulongOctets">;
type CipherPlaces = Pick<DeviceProfile, "cipherLayout" | "cipherOctets">;

const keyLayouts: readonly KeyLayout[] = ([512, 256] as const).flatMap((eccMaximumBits) =>
  ([4, 8] as const).map((ulongOctets) => ({ eccMaximumBits, ulongOctets })),
);

/** The orders that vendors are known to use; another one is found in the vendor's header. */
const cipherLayouts: readonly CipherPlaces[] = [
  { cipherLayout: ["x", "y", "M", "L", "C"], cipherOctets: 0 },
  { cipherLayout: ["L", "x", "y", "C", "M"], cipherOctets: 136 },
  { cipherLayout: ["x", "y", "C", "M", "L"], cipherOctets: 136 },
  { cipherLayout: ["L", "x", "y", "M", "C"], cipherOctets: 0 },
];

/**
 * The half of the profile's self-test that needs no password: where the numbers of public keys and ciphertexts stand. The first key that
 * is there tells; the other half needs a signature.
 *
 * @returns whether there was a key to test with.
 * @throws KeyStoreError `profile-wrong` naming the field and the value that fits.
 */
export function testLayouts(library: SdfLibrary, session: SdfHandle, indexes: readonly number[]): boolean {
  for (const index of indexes) {
    const finding = testKeyLayout(library, session, { index, kind: "sm2", use: "sign" });
    if (finding === undefined) continue;
    checkKeyLayout(library.profile, finding);
    if (finding.point !== undefined && library.has("SDF_InternalDecrypt_ECC"))
      checkCipherLayout(library.profile, testCipherLayout(library, session, finding.point));
    return true;
  }
  return false;
}

/** What the layout test learnt from one key. */
export interface LayoutFinding {
  /** x ‖ y, if the profile's layout fits. */
  readonly point: Uint8Array | undefined;
  /** The layout that fits if the profile's does not; undefined if no known one does. */
  readonly fitting: KeyLayout | undefined;
  /** How many octets the device wrote behind what the profile expects. */
  readonly overrun: number;
}

/** Reads the public key in that place in every known layout; undefined if there is none. It changes nothing. */
export function testKeyLayout(
  library: SdfLibrary,
  session: SdfHandle,
  place: SdfKeyPlace,
): LayoutFinding | undefined {
  const output = exportPublicKey(library, session, place);
  if (output === undefined) return undefined;
  const overrun = overrunOf(output);
  const point = overrun === 0 ? pointIn(library.profile, library.profile, output.memory) : undefined;
  if (point !== undefined) return { point, fitting: undefined, overrun };
  const fitting = keyLayouts.find((layout) => pointIn(library.profile, layout, output.memory) !== undefined);
  return { point, fitting, overrun };
}

function pointIn(profile: DeviceProfile, layout: KeyLayout, memory: Uint8Array): Uint8Array | undefined {
  const tried = { ...profile, ...layout };
  const struct = memory.subarray(0, eccPublicKeyLayout(tried).size);
  const point = valueUnlessRefused(() => readEccPublicKey(tried, struct));
  return point !== undefined && isSm2Point(point) ? point : undefined;
}

/** @throws KeyStoreError `profile-wrong` naming the field and the value that fits. */
export function checkKeyLayout(profile: DeviceProfile, { point, fitting, overrun }: LayoutFinding): void {
  if (point !== undefined) return;
  const seen =
    overrun > 0
      ? `it wrote ${String(overrun)} octets more than the profile expects of a public key`
      : "its public key is no point of the SM2 curve";
  const field = fitting?.eccMaximumBits === profile.eccMaximumBits ? "ulongOctets" : "eccMaximumBits";
  const value =
    fitting === undefined ? "no known value does" : `the value that fits is ${String(fitting[field])}`;
  throw profileWrong(profile, field, `${seen}; ${value}`);
}

const sampleText = Uint8Array.of(0x59, 0x69, 0x6e, 0x78, 0x69, 0x6e);

/** The device did not encrypt, so that the layout of a ciphertext is not known to be right. */
export interface CipherUntested {
  readonly call: "SDF_ExternalEncrypt_ECC";
  /** The device's number and its name; undefined if the library does not have the function. */
  readonly answer: string | undefined;
}

/**
 * Lets the device encrypt to a public key, which needs no password and changes nothing, and looks where it wrote the parts.
 *
 * @returns why it was not tested; `fits`; the places that would fit; or `unknown`.
 */
export function testCipherLayout(
  library: SdfLibrary,
  session: SdfHandle,
  point: Uint8Array,
): CipherPlaces | "fits" | "unknown" | CipherUntested {
  const { profile } = library;
  const call = "SDF_ExternalEncrypt_ECC";
  if (!library.has(call)) return { call, answer: undefined };
  // Room for any layout, and for the member C of any length.
  const output = createOutput(eccCipherLayout(profile, sampleText.length).size + 512, "cipherLayout");
  const key = writeEccPublicKey(profile, point);
  const id = profile.algorithmIds.sm2Encrypt;
  try {
    library.call(call, session, id, key, sampleText, sampleText.length, output.memory);
  } catch (cause) {
    if (cause instanceof KeyStoreError) return { call, answer: answerIn(cause) };
    throw cause;
  }
  if (isCipherIn(profile, output.octets)) return "fits";
  return cipherLayouts.find((places) => isCipherIn({ ...profile, ...places }, output.octets)) ?? "unknown";
}

function answerIn({ facts: { vendor }, code }: KeyStoreError): string {
  if (vendor === undefined) return code;
  const number = `0x${vendor.number.toString(16).padStart(8, "0")}`;
  return vendor.name === "" || vendor.name === number ? number : `${vendor.name} (${number})`;
}

function isCipherIn(profile: DeviceProfile, memory: Uint8Array): boolean {
  const cipher = valueUnlessRefused(() => readEccCipher(profile, memory));
  return cipher?.text.length === sampleText.length && isSm2Point(cipher.point);
}

/** @throws KeyStoreError `profile-wrong` naming the value that fits. */
export function checkCipherLayout(
  profile: DeviceProfile,
  finding: ReturnType<typeof testCipherLayout>,
): void {
  if (finding === "fits" || isUntested(finding)) return;
  const value =
    finding === "unknown"
      ? "no known order does; it is in the vendor's header"
      : `the value that fits is "${textOfLayout(finding.cipherLayout)}" with cipherOctets ${String(finding.cipherOctets)}`;
  throw profileWrong(profile, "cipherLayout", `the parts of a ciphertext stand elsewhere; ${value}`);
}

export function isUntested(finding: ReturnType<typeof testCipherLayout>): finding is CipherUntested {
  return typeof finding === "object" && "call" in finding;
}

const textOfLayout = (layout: CipherLayout): string => layout.join(",");

function valueUnlessRefused<Value>(body: () => Value): Value | undefined {
  try {
    return body();
  } catch (cause) {
    if (cause instanceof KeyStoreError) return undefined;
    throw cause;
  }
}
