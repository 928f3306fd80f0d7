import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import { KeyStoreError } from "../key-store/index.ts";
import { mechanisms as numbers, tokenFlags } from "../pkcs11/cryptoki.ts";
import { CryptokiLibrary } from "../pkcs11/library.ts";
import { nameOfMechanism } from "./mechanism-names.ts";
import { problemOf } from "./probe-problem.ts";
import type { CryptokiProbe, MechanismProbe, SlotProbe, TokenProbe } from "./probe-report.ts";

/** Called before each call into the library, so that whoever listens knows in which one it died. */
export type TellStep = (step: string) => void;

type Module = Parameters<Parameters<CryptokiLibrary["call"]>[1]>[0];
type Slot = ReturnType<Module["C_GetSlotList"]>[number];

/** No library has as many; a number from a broken one must not become a loop. */
const maximumSlots = 256;
const maximumMechanisms = 1_024;

/** CKF_ of a mechanism (PKCS#11 v2.40 §3.5). */
const abilities = [
  ["sign", 0x0800],
  ["verify", 0x2000],
  ["decrypt", 0x0200],
  ["derive", 0x8_0000],
  ["generate", 0x1_8000],
] as const;

/** The rows, and the mechanisms of which one is enough. */
const waysToSign: readonly (readonly [SignatureAlgorithmName, readonly number[]])[] = [
  ["ES256", [numbers.ecdsa, numbers.ecdsaSha256]],
  ["ES384", [numbers.ecdsa, numbers.ecdsaSha384]],
  ["ES512", [numbers.ecdsa, numbers.ecdsaSha512]],
  ["Ed25519", [numbers.eddsa]],
  ["RS256", [numbers.rsaPkcs, numbers.sha256RsaPkcs]],
  ["PS256", [numbers.rsaPss, numbers.sha256RsaPss]],
];

/** A profile's name with the mechanisms that it signs SM2 by. */
export interface Sm2Numbers {
  readonly profile: string;
  readonly mechanisms: readonly number[];
}

export interface CryptokiTask {
  readonly path: string;
  readonly parameters?: string;
  readonly sm2: readonly Sm2Numbers[];
}

/**
 * What a PKCS#11 library says about itself, its slots and its tokens. Opens no session and tries no PIN.
 *
 * @throws KeyStoreError what the library answers to C_Initialize, C_GetInfo or C_GetSlotList; a token that cannot be read is a
 *   problem of its slot.
 */
export async function probeCryptoki(task: CryptokiTask, tell: TellStep): Promise<CryptokiProbe> {
  tell("dlopen");
  const { path, parameters, sm2 } = task;
  const library = await CryptokiLibrary.load(path, parameters === undefined ? {} : { parameters });
  tell("C_Initialize");
  library.initialize();
  const call = <Value>(name: string, body: (module: Module) => Value): Value => {
    tell(name);
    return library.call(name, body);
  };
  const info = call("C_GetInfo", (module) => module.C_GetInfo());
  const slots = call("C_GetSlotList", (module) => module.C_GetSlotList(false)).slice(0, maximumSlots);
  const probed = slots.map((slot) => probeSlot(call, slot, sm2));
  tell("C_Finalize");
  library.release();
  return {
    cryptokiVersion: versionOf(info.cryptokiVersion),
    manufacturer: info.manufacturerID.trim(),
    description: info.libraryDescription.trim(),
    libraryVersion: versionOf(info.libraryVersion),
    slots: probed,
  };
}

type Call = <Value>(name: string, body: (module: Module) => Value) => Value;

function probeSlot(call: Call, slot: Slot, sm2: readonly Sm2Numbers[]): SlotProbe {
  let description = "";
  try {
    description = call("C_GetSlotInfo", (module) => module.C_GetSlotInfo(slot)).slotDescription.trim();
    return { description, token: probeToken(call, slot, sm2) };
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause;
    return { description, problem: problemOf(cause) };
  }
}

function probeToken(call: Call, slot: Slot, sm2: readonly Sm2Numbers[]): TokenProbe {
  const info = call("C_GetTokenInfo", (module) => module.C_GetTokenInfo(slot));
  const listed = call("C_GetMechanismList", (module) => module.C_GetMechanismList(slot));
  const mechanisms = listed.slice(0, maximumMechanisms).map((number) => probeMechanism(call, slot, number));
  const profile = sm2.find((each) => each.mechanisms.some((number) => listed.includes(number)))?.profile;
  const has = (flag: number): boolean => (info.flags & flag) !== 0;
  return {
    label: info.label.trim(),
    serial: info.serialNumber.trim(),
    manufacturer: info.manufacturerID.trim(),
    model: info.model.trim(),
    firmware: versionOf(info.firmwareVersion),
    isInitialized: has(tokenFlags.tokenInitialized),
    needsPin: has(tokenFlags.loginRequired),
    hasPinPad: has(tokenFlags.protectedAuthenticationPath),
    isPinLocked: has(tokenFlags.userPinLocked),
    isLastTry: has(tokenFlags.userPinFinalTry),
    ...maximumOf(info.maxSessionCount),
    mechanisms,
    signs: [
      ...(profile === undefined ? [] : (["SM2"] as const)),
      ...waysToSign.filter(([, ways]) => ways.some((way) => listed.includes(way))).map(([name]) => name),
    ],
    ...(profile === undefined ? {} : { profile }),
  };
}

function probeMechanism(call: Call, slot: Slot, number: number): MechanismProbe {
  const name = nameOfMechanism(number);
  const info = call("C_GetMechanismInfo", (module) => module.C_GetMechanismInfo(slot, number));
  return {
    number: `0x${number.toString(16).padStart(8, "0")}`,
    ...(name === undefined ? {} : { name }),
    minimumKeySize: info.minKeySize,
    maximumKeySize: info.maxKeySize,
    can: abilities.filter(([, flags]) => (info.flags & flags) !== 0).map(([ability]) => ability),
  };
}

/** 0 is "as many as you like", and a number of all ones "I do not say" (PKCS#11 v2.40 §3.2). */
function maximumOf(sessions: number): { maximumSessions?: number } {
  return sessions > 0 && sessions < 0xffff_ffff ? { maximumSessions: sessions } : {};
}

function versionOf({ major, minor }: { readonly major: number; readonly minor: number }): string {
  return `${String(major)}.${String(minor)}`;
}
