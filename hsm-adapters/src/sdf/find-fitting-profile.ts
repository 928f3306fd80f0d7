import { profileWrong } from "../device-profile/index.ts";
import type { DeviceDescription, DeviceProfile } from "../device-profile/index.ts";
import { openLibrary } from "../native/index.ts";
import type { NativeLibrary } from "../native/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import {
  checkCipherLayout,
  checkKeyLayout,
  isUntested,
  testCipherLayout,
  testKeyLayout,
} from "./layout-test.ts";
import type { CipherUntested } from "./layout-test.ts";
import { closeHandles, openHandles, readDeviceInfo } from "./sdf-handles.ts";
import { readDeviceKey } from "./sdf-keys.ts";
import { createSdfLibrary } from "./sdf-library.ts";
import type { SdfHandle, SdfLibrary } from "./sdf-library.ts";
import { signWithSm2 } from "./sdf-operations.ts";
import { checkSignedInput, selfTestInput } from "./signature-test.ts";

/** What became of one candidate. */
export interface ProfileFinding {
  readonly profile: string;
  /**
   * `fits`: everything that could be tested; `wrong`: a test showed it; `untested`: no key was there to test it with, or the device did
   * not open.
   */
  readonly verdict: "fits" | "wrong" | "untested";
  /** What was shown: fields of the profile. */
  readonly tested: readonly (keyof DeviceProfile)[];
  /** Why `cipherLayout` could not be tested, although there was a key to test it with. */
  readonly cipherUntested: CipherUntested | undefined;
  /** Of a wrong one: the field, and a sentence with the value that fits if one is known. */
  readonly field?: string;
  readonly problem?: string;
}

export interface FittingProfiles {
  /** What the device says of itself; undefined if none opened. */
  readonly device: DeviceDescription | undefined;
  /** In the order of the candidates. */
  readonly findings: readonly ProfileFinding[];
  /** The one that fits and of which most was shown; undefined if none does. */
  readonly best: string | undefined;
}

/**
 * Tries which profiles fit the device behind a library. It shows no password and changes nothing: it reads public keys and lets the device
 * encrypt to one of them. It signs only by a profile that says the device asks for no password.
 *
 * Run it in a driver host: the library may crash this process.
 *
 * @throws KeyStoreError `native-module-missing`, `library-not-loadable`.
 */
export async function findFittingProfile(
  path: string,
  profiles: readonly DeviceProfile[],
  indexes: readonly number[],
): Promise<FittingProfiles> {
  const native = await openLibrary(path);
  let device: DeviceDescription | undefined;
  const findings: ProfileFinding[] = [];
  for (const profile of profiles) {
    const { finding, description } = await tryProfile(native, profile, indexes);
    device ??= description;
    findings.push(finding);
  }
  const fitting = findings.filter(({ verdict }) => verdict === "fits");
  const [best] = fitting.toSorted((left, right) => right.tested.length - left.tested.length);
  return { device, findings, best: best?.profile };
}

interface Trial {
  readonly finding: ProfileFinding;
  readonly description: DeviceDescription | undefined;
}

/** What the tests of one candidate showed, up to the one that refused it. */
interface Evidence {
  readonly tested: (keyof DeviceProfile)[];
  cipherUntested: CipherUntested | undefined;
}

async function tryProfile(
  native: NativeLibrary,
  profile: DeviceProfile,
  indexes: readonly number[],
): Promise<Trial> {
  const evidence: Evidence = { tested: [], cipherUntested: undefined };
  let description: DeviceDescription | undefined;
  try {
    const library = createSdfLibrary(native, profile);
    const handles = openHandles(library);
    try {
      description = readDeviceInfo(library, handles.control);
      await testProfile(library, handles.control, { indexes, evidence });
    } finally {
      closeHandles(library, handles);
    }
    const verdict = evidence.tested.length > 0 ? "fits" : "untested";
    return { finding: { profile: profile.name, verdict, ...evidence }, description };
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause;
    const isWrong = cause.code === "profile-wrong" || cause.code === "self-check-failed";
    const field = cause.facts.profileField;
    return {
      finding: {
        profile: profile.name,
        verdict: isWrong ? "wrong" : "untested",
        ...evidence,
        problem: cause.message,
        ...(field === undefined ? {} : { field }),
      },
      description,
    };
  }
}

async function testProfile(
  library: SdfLibrary,
  session: SdfHandle,
  { indexes, evidence }: { readonly indexes: readonly number[]; readonly evidence: Evidence },
): Promise<void> {
  const { profile } = library;
  const { tested } = evidence;
  for (const index of indexes) {
    const finding = testKeyLayout(library, session, { index, kind: "sm2", use: "sign" });
    if (finding === undefined) continue;
    checkKeyLayout(profile, finding);
    tested.push("eccMaximumBits", "ulongOctets");
    if (finding.point !== undefined) testCipher(library, session, { point: finding.point, evidence });
    if (profile.passwordRule.scope === "none") await testSigning(library, session, { index, tested });
    return;
  }
}

function testCipher(
  library: SdfLibrary,
  session: SdfHandle,
  { point, evidence }: { readonly point: Uint8Array; readonly evidence: Evidence },
): void {
  const cipher = testCipherLayout(library, session, point);
  checkCipherLayout(library.profile, cipher);
  if (isUntested(cipher)) evidence.cipherUntested = cipher;
  else evidence.tested.push("cipherLayout");
}

async function testSigning(
  library: SdfLibrary,
  session: SdfHandle,
  { index, tested }: { readonly index: number; readonly tested: (keyof DeviceProfile)[] },
): Promise<void> {
  const key = readDeviceKey(library, session, "", { index, kind: "sm2", use: "sign" });
  if (key === undefined) return;
  const signature = await signWithoutPassword(library, session, index);
  checkSignedInput(library.profile, key.publicKey, signature);
  tested.push("signInput", "passwordRule");
}

async function signWithoutPassword(
  library: SdfLibrary,
  session: SdfHandle,
  index: number,
): Promise<Uint8Array> {
  try {
    return await signWithSm2(library, session, index, selfTestInput);
  } catch (cause) {
    if (!(cause instanceof KeyStoreError) || cause.code !== "login-lost") throw cause;
    throw profileWrong(library.profile, "passwordRule", "the device does not sign without a password");
  }
}
