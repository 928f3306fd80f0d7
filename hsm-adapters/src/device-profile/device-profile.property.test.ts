import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../crypto/testing/fuzz-runs.ts";
import {
  checkOutput,
  cipherMembers,
  createOutput,
  eccCipherLayout,
  eccPublicKeyLayout,
  eccSignatureLayout,
  loadDeviceProfile,
  overrunOf,
  readEccCipher,
  readEccPublicKey,
  readEccSignature,
  readRsaPublicKey,
  rsaPublicKeyLayout,
  sdfDeviceInfoLayout,
  skfDeviceInfoLayout,
  writeEccCipher,
  writeEccPublicKey,
  writeEccSignature,
  writeRsaPublicKey,
} from "./index.ts";
import type { DeviceProfile } from "./index.ts";

const runs = { numRuns: fuzzRuns(100) };
const standard = loadDeviceProfile("sdf-standard", "sdf");
const octets = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

/** Every way in which a profile can lay out structures. */
const profiles: fc.Arbitrary<DeviceProfile> = fc
  .record({
    eccMaximumBits: fc.constantFrom(256 as const, 512 as const),
    rsaMaximumBits: fc.constantFrom(2048 as const, 4096 as const),
    packing: fc.constantFrom("natural" as const, "1" as const),
    ulongOctets: fc.constantFrom(4 as const, 8 as const),
    cipherLayout: fc.shuffledSubarray([...cipherMembers], { minLength: 5 }),
  })
  .map((fields) => ({
    ...standard,
    ...fields,
    cipherOctets: fields.cipherLayout.at(-1) === "C" ? 0 : 136,
  }));

describe("the structures of every profile", () => {
  it("give back the public key and the signature that were written, within the size that is stated", () => {
    fc.assert(
      fc.property(profiles, octets(64), (profile, numbers) => {
        const key = writeEccPublicKey(profile, numbers);
        const signature = writeEccSignature(profile, numbers);
        expect(readEccPublicKey(profile, key)).toEqual(numbers);
        expect(readEccSignature(profile, signature)).toEqual(numbers);
        expect([key.length, signature.length]).toEqual([
          eccPublicKeyLayout(profile).size,
          eccSignatureLayout(profile).size,
        ]);
      }),
      runs,
    );
  });

  it("give back the ciphertext that was written, in every order of its members", () => {
    const texts = fc.uint8Array({ minLength: 1, maxLength: 136 });
    fc.assert(
      fc.property(profiles, octets(64), octets(32), texts, (profile, point, hash, text) => {
        const struct = writeEccCipher(profile, { point, hash, text });
        expect(readEccCipher(profile, struct)).toEqual({ point, hash, text });
        expect(struct.length).toBe(eccCipherLayout(profile, text.length).size);
      }),
      runs,
    );
  });

  it("never overlap members, and align numbers where the compiler does", () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        for (const layout of [
          eccCipherLayout(profile, 40),
          rsaPublicKeyLayout(profile),
          sdfDeviceInfoLayout(profile),
          skfDeviceInfoLayout(profile),
        ]) {
          const places = Object.values(layout.members).sort((left, right) => left.offset - right.offset);
          const ends = places.map(({ offset, octets: length }) => offset + length);
          expect(places.slice(1).every(({ offset }, at) => offset >= (ends[at] ?? 0))).toBe(true);
          expect(ends.at(-1)).toBeLessThanOrEqual(layout.size);
          if (profile.packing === "1") expect(ends.at(-1)).toBe(layout.size);
        }
      }),
      runs,
    );
  });

  it("give back an RSA key", () => {
    const numbers = fc.record({
      modulus: fc.constantFrom(128, 256).chain(octets),
      exponent: octets(3),
    });
    fc.assert(
      fc.property(profiles, numbers, (profile, { modulus, exponent }) => {
        const key = { modulus: modulus.with(0, 0xc1), exponent: exponent.with(0, 1) };
        expect(readRsaPublicKey(profile, writeRsaPublicKey(profile, key))).toEqual(key);
      }),
      runs,
    );
  });

  it("are never read otherwise than as a refusal or as 64 octets, whatever a device wrote", () => {
    fc.assert(
      fc.property(profiles, fc.uint8Array({ minLength: 400, maxLength: 400 }), (profile, noise) => {
        for (const read of [readEccPublicKey, readEccSignature]) {
          expect(outcomeOf(() => read(profile, noise).length)).toBeOneOf([64, "profile-wrong"]);
        }
        const cipher = outcomeOf(() => readEccCipher(profile, noise).point.length);
        expect(cipher).toBeOneOf([64, "profile-wrong"]);
      }),
      runs,
    );
  });
});

describe("the room behind an output", () => {
  it("shows every write behind it, and none within it", () => {
    const outputs = fc.record({
      size: fc.integer({ min: 0, max: 600 }),
      written: fc.integer({ min: 0, max: 1_600 }),
    });
    fc.assert(
      fc.property(outputs, fc.integer({ min: 0, max: 127 }), ({ size, written }, octet) => {
        const output = createOutput(size, "eccMaximumBits");
        // Canaries are 0x80 and above.
        output.memory.fill(octet, 0, Math.min(written, output.memory.length));
        const overrun = Math.max(0, Math.min(written, output.memory.length) - size);
        expect(overrunOf(output)).toBe(overrun);
        const checked = outcomeOf(() => {
          checkOutput(standard, "F", output);
          return "fits";
        });
        expect(checked).toBe(overrun === 0 ? "fits" : "profile-wrong");
      }),
      runs,
    );
  });
});

function outcomeOf(body: () => unknown): unknown {
  try {
    return body();
  } catch (cause) {
    return (cause as { code?: unknown }).code;
  }
}
