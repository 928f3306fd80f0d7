import type { KeyStoreErrorCode } from "../key-store/index.ts";

/** The first member of every profile; another number would be another set of fields. */
export const deviceProfileFormat = "yinxin-device-profile/1";

/**
 * In what one vendor's library differs from the standard's text, as data: GM/T 0018 (SDF) and GM/T 0016 (SKF) leave the sizes of their
 * structures to constants that vendors changed, and some changed more. One codec is driven by it. Every field is explained, with the
 * way to find its value, in `docs/writing-a-profile.md`.
 */
export interface DeviceProfile {
  readonly format: typeof deviceProfileFormat;
  /** Lower case, digits and hyphens, as the file is called: `sdf-standard`. */
  readonly name: string;
  readonly family: "sdf" | "skf";
  /** For people: whose library, and where the facts come from. */
  readonly about: string;
  /** ECCref_MAX_BITS: how wide each number of a key or signature is stored; the number itself always has 256 bits. */
  readonly eccMaximumBits: 256 | 512;
  /** RSAref_MAX_BITS. */
  readonly rsaMaximumBits: 2048 | 4096;
  readonly cipherLayout: CipherLayout;
  /** Octets that the member C of a ciphertext always has; 0: as many as the text has. */
  readonly cipherOctets: number;
  /** `1`: members follow each other (`#pragma pack(1)`); `natural`: the compiler aligned them. */
  readonly packing: "natural" | "1";
  /** What the library was compiled with for ULONG (`unsigned int` or `unsigned long`). */
  readonly ulongOctets: 4 | 8;
  readonly algorithmIds: Readonly<Record<AlgorithmIdName, number>>;
  /** What the signing function takes: e = SM3(Z ‖ M), or the message itself. */
  readonly signInput: "digest" | "message";
  readonly errorMap: ErrorMap;
  /** Arguments that a function has beside the standard's, by its name. */
  readonly extraArguments: Readonly<Record<string, readonly ExtraArgument[]>>;
  readonly passwordRule: PasswordRule;
  /** How functions are called in a process of 32 bits on Windows; the same everywhere else. */
  readonly callingConvention: "c" | "stdcall";
  /**
   * `asynchronous`: on several threads at once, each with its session. `synchronous`: one call after the other, for libraries that are
   * not made for threads. `measured`: synchronous as long as that takes less time than going to another thread.
   */
  readonly calls: "measured" | "synchronous" | "asynchronous";
  /** How many sessions may be open at once; 0 if nobody knows. */
  readonly maximumSessions: number;
}

/** The members of a ciphertext: C1 = (x, y), M = C3 (the hash), L = the length of C, C = C2. */
export const cipherMembers = ["x", "y", "M", "L", "C"] as const;
export type CipherMember = (typeof cipherMembers)[number];
/** Each member once, in the order of the structure. */
export type CipherLayout = readonly CipherMember[];

/** GM/T 0006-2012; a vendor may use other numbers, and some use the standard's for another algorithm. */
export const algorithmIdNames = ["sm2Sign", "sm2Exchange", "sm2Encrypt", "sm3", "sm4Ecb", "sm4Cbc"] as const;
export type AlgorithmIdName = (typeof algorithmIdNames)[number];

/** By the number, or by function and number where one function means something else by it. */
export type ErrorMap = ReadonlyMap<string, DeviceError>;

export interface DeviceError {
  readonly code: DeviceErrorCode;
  /** As the vendor's header calls it. */
  readonly name: string;
}

/** What a number of a device may mean: the part of the closed set that is a device's to say. */
export const deviceErrorCodes = [
  "key-not-found",
  "key-exists",
  "algorithm-not-supported",
  "operation-not-supported",
  "pin-required",
  "pin-incorrect",
  "pin-locked",
  "pin-expired",
  "pin-default",
  "key-state-forbids",
  "not-permitted",
  "self-check-failed",
  "token-not-found",
  "device-removed",
  "device-busy",
  "device-error",
  "device-unreachable",
  "session-lost",
  "login-lost",
  "key-handle-stale",
  "vendor-error",
] as const satisfies readonly KeyStoreErrorCode[];
export type DeviceErrorCode = (typeof deviceErrorCodes)[number];

/** A number that stands before the argument of that position, counted from 0 in the standard's prototype. */
export interface ExtraArgument {
  readonly position: number;
  readonly value: number;
}

export interface PasswordRule {
  /**
   * `device`: one password or PIN for all keys. `index` (SDF): each key index has its own; the PIN then has lines of the form
   * `index=password`. `none`: the device asks for none, or takes any.
   */
  readonly scope: "device" | "index" | "none";
  readonly minimumOctets: number;
  readonly maximumOctets: number;
}
