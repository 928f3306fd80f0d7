import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

/** The interfaces that a library may have. */
export type LibraryFamily = "pkcs11" | "sdf" | "skf";

/** What is known of a library that somebody brought. */
export interface ProbeReport {
  readonly path: string;
  /**
   * `usable`: a device answered; `no-device`: the library is well, and there is no device or token in sight; `unknown-family`: a library, of
   * none of the families; `profile-missing`: none of the profiles that were tried fits; `profile-malformed`: one that was named cannot be read; `not-loadable`, also for what is no library;
   * `crashed` and `hung`: in `step`.
   */
  readonly verdict: ProbeVerdict;
  readonly families: readonly FamilyProbe[];
  readonly pkcs11?: CryptokiProbe;
  /** Each profile that was tried, in a process of its own: of each family the one that got furthest first. */
  readonly profiles: readonly ProfileProbe[];
  /** Why the verdict is not `usable`. */
  readonly problem?: ProbeProblem;
  /** How the stores that were found are named, for `--store`. */
  readonly stores: readonly string[];
}

export type ProbeVerdict =
  | "usable"
  | "no-device"
  | "unknown-family"
  | "profile-missing"
  | "profile-malformed"
  | "not-loadable"
  | "crashed"
  | "hung"
  | "failed";

export interface ProbeProblem {
  /** Of the closed set of key stores where it is one. */
  readonly code: string;
  readonly message: string;
  /** The function of the library that was being called. */
  readonly step?: string;
  readonly signal?: string;
  /** The vendor's own number, as in its header. */
  readonly vendor?: string;
  /** The field of the profile that does not fit. */
  readonly profileField?: string;
}

export interface FamilyProbe {
  readonly family: LibraryFamily;
  readonly present: number;
  /** Functions that Yinxin may call and the library does not have. */
  readonly missing: readonly string[];
}

export interface CryptokiProbe {
  readonly cryptokiVersion: string;
  readonly manufacturer: string;
  readonly description: string;
  readonly libraryVersion: string;
  readonly slots: readonly SlotProbe[];
}

export interface SlotProbe {
  readonly description: string;
  readonly token?: TokenProbe;
  /** Why its token cannot be told. */
  readonly problem?: ProbeProblem;
}

export interface TokenProbe {
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly isInitialized: boolean;
  readonly needsPin: boolean;
  readonly hasPinPad: boolean;
  readonly isPinLocked: boolean;
  readonly isLastTry: boolean;
  /** Absent if the token does not say. */
  readonly maximumSessions?: number;
  readonly mechanisms: readonly MechanismProbe[];
  /** Rows that it lists a way to sign by. */
  readonly signs: readonly SignatureAlgorithmName[];
  /** The profile whose SM2 mechanisms it lists; `standard` ones need none. */
  readonly profile?: string;
}

export interface MechanismProbe {
  /** As in a header: `0x00001041`. */
  readonly number: string;
  /** Absent for a vendor's own. */
  readonly name?: string;
  /** In the unit of the mechanism: bits for RSA and curves, octets for AES. */
  readonly minimumKeySize: number;
  readonly maximumKeySize: number;
  readonly can: readonly ("sign" | "verify" | "generate" | "decrypt" | "derive")[];
}

export interface ProfileProbe {
  readonly profile: string;
  readonly family: "sdf" | "skf";
  /** `fits`: all that could be tested without a PIN; `untested`: the device opened, and has no key to test it with. */
  readonly result:
    "fits" | "untested" | "does-not-fit" | "malformed" | "no-device" | "crashed" | "hung" | "failed";
  /** Fields of the profile that were shown to be right. */
  readonly tested: readonly string[];
  /** Fields that a test was meant for and could not show. */
  readonly notTested?: readonly FieldNotTested[];
  readonly problem?: ProbeProblem;
  readonly device?: {
    readonly manufacturer: string;
    readonly model: string;
    readonly serial: string;
    readonly firmware: string;
  };
}

export interface FieldNotTested {
  readonly field: string;
  /** The function of the library that the test needs. */
  readonly call: string;
  /** Its answer, as a name and a number; absent if the library does not have the function. */
  readonly answer?: string;
  /** The field of the profile to look at if the function did answer. */
  readonly check: string;
}

/** What one probe process is asked; one of them each, so that a crash is one answer and not the end. */
export type ProbeTask =
  | { readonly kind: "symbols"; readonly library: string }
  | { readonly kind: "pkcs11"; readonly library: string; readonly parameters?: string }
  | {
      readonly kind: "profile";
      readonly library: string;
      readonly family: "sdf" | "skf";
      readonly profile: string;
    };

/** What a probe process writes, a line each: the call that it is about to make, and at last its answer. */
export type ProbeMessage =
  { readonly step: string } | { readonly answer: unknown } | { readonly problem: ProbeProblem };
