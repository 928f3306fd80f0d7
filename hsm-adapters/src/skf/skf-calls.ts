import { checkOutput, createOutput, createUlong, errorOfNumber, readUlong } from "../device-profile/index.ts";
import type { DeviceProfile, NativeOutput } from "../device-profile/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { NativeArgument, NativeFunction, NativeLibrary, NativeValue } from "../native/index.ts";

type Kind = "handle" | "ulong" | "bool" | "bytes";

/** The functions that are called, with their arguments by the prototypes of GM/T 0016-2012 §7. */
const prototypes = {
  SKF_EnumDev: ["bool", "bytes", "bytes"],
  SKF_GetDevState: ["bytes", "bytes"],
  SKF_ConnectDev: ["bytes", "bytes"],
  SKF_DisConnectDev: ["handle"],
  SKF_GetDevInfo: ["handle", "bytes"],
  SKF_LockDev: ["handle", "ulong"],
  SKF_UnlockDev: ["handle"],
  SKF_GenRandom: ["handle", "bytes", "ulong"],
  SKF_EnumApplication: ["handle", "bytes", "bytes"],
  SKF_OpenApplication: ["handle", "bytes", "bytes"],
  SKF_CloseApplication: ["handle"],
  SKF_GetPINInfo: ["handle", "ulong", "bytes", "bytes", "bytes"],
  SKF_VerifyPIN: ["handle", "ulong", "bytes", "bytes"],
  SKF_ClearSecureState: ["handle"],
  SKF_EnumContainer: ["handle", "bytes", "bytes"],
  SKF_CreateContainer: ["handle", "bytes", "bytes"],
  SKF_OpenContainer: ["handle", "bytes", "bytes"],
  SKF_DeleteContainer: ["handle", "bytes"],
  SKF_CloseContainer: ["handle"],
  SKF_GetContainerType: ["handle", "bytes"],
  SKF_GenECCKeyPair: ["handle", "ulong", "bytes"],
  SKF_ExportPublicKey: ["handle", "bool", "bytes", "bytes"],
  SKF_ImportCertificate: ["handle", "bool", "bytes", "ulong"],
  SKF_ExportCertificate: ["handle", "bool", "bytes", "bytes"],
  SKF_ECCSignData: ["handle", "bytes", "ulong", "bytes"],
  SKF_ECCDecrypt: ["handle", "bytes", "bytes", "bytes"],
} as const satisfies Record<string, readonly Kind[]>;

export type SkfFunctionName = keyof typeof prototypes;

/** Calls by name; the profile says how wide a ULONG is and which arguments the vendor added. */
export interface SkfCalls {
  readonly profile: DeviceProfile;
  readonly library: string;
  has(name: SkfFunctionName): boolean;
  /** The number that the function answered; 0 is success. */
  answer(name: SkfFunctionName, ...values: readonly NativeValue[]): number;
  /** @throws KeyStoreError by the profile's error map, unless the function answers 0. */
  call(name: SkfFunctionName, ...values: readonly NativeValue[]): void;
}

export function createSkfCalls(library: NativeLibrary, profile: DeviceProfile): SkfCalls {
  const declared = new Map<SkfFunctionName, (values: readonly NativeValue[]) => number>();
  const answer = (name: SkfFunctionName, ...values: readonly NativeValue[]): number => {
    const known = declared.get(name) ?? declareFunction(library, profile, name);
    declared.set(name, known);
    return known(values);
  };
  return {
    profile,
    library: library.path,
    has: (name) => library.has(name),
    answer,
    call: (name, ...values) => {
      const number = answer(name, ...values);
      if (number !== 0) throw errorOfNumber(profile, name, number);
    },
  };
}

function declareFunction(
  library: NativeLibrary,
  profile: DeviceProfile,
  name: SkfFunctionName,
): (values: readonly NativeValue[]) => number {
  const ulong = profile.ulongOctets === 8 ? "u64" : "u32";
  const kinds: readonly Kind[] = prototypes[name];
  const ownTypes = kinds.map((kind): NativeArgument =>
    kind === "ulong" ? ulong : kind === "bool" ? "u32" : kind,
  );
  const extra = profile.extraArguments[name] ?? [];
  const types = withExtra<NativeArgument>(ownTypes, extra, () => ulong);
  const declared: NativeFunction = library.declare(name, ulong, types, profile.callingConvention);
  if (extra.length === 0) return (values) => declared(...values);
  return (values) => declared(...withExtra<NativeValue>(values, extra, (argument) => argument.value));
}

type ExtraArguments = DeviceProfile["extraArguments"][string];

function withExtra<Value>(
  own: readonly Value[],
  extra: ExtraArguments,
  valueOf: (argument: ExtraArguments[number]) => Value,
): Value[] {
  const before = (position: number): Value[] =>
    extra.filter((argument) => argument.position === position).map(valueOf);
  return [...own.flatMap((value, at) => [...before(at), value]), ...before(own.length)];
}

/** What a library keeps of a device, application or container; a pointer of its own. */
export type SkfHandle = bigint;

/** Calls a function whose last argument is where it puts a handle. */
export function openHandle(
  calls: SkfCalls,
  name: SkfFunctionName,
  ...values: readonly NativeValue[]
): SkfHandle {
  const place = new BigUint64Array(1);
  calls.call(name, ...values, new Uint8Array(place.buffer));
  const [handle] = place;
  if (handle === undefined || handle === 0n)
    throw new KeyStoreError("device-error", `${name} answered that all is well, and gave no handle`);
  return handle;
}

/** How many octets a list, key or certificate may have before it is something else. */
const maximumRoom = 262_144;

/**
 * What a function writes that ends with a buffer and its size. The standard's pattern asks for the size first, with no buffer; libraries
 * were seen that crash at that, so there is always a buffer, of `room` octets, and a larger one if the library says so.
 *
 * @param field of the profile that is wrong if more is written than there is room for.
 * @throws KeyStoreError what the function answers; `profile-wrong`.
 */
export function readSized(
  calls: SkfCalls,
  { name, room, field }: { name: SkfFunctionName; room: number; field: NativeOutput["field"] },
  ...values: readonly NativeValue[]
): Uint8Array {
  const size = createUlong(room);
  const output = createOutput(room, field);
  const number = calls.answer(name, ...values, output.memory, size);
  checkOutput(calls.profile, name, output);
  if (number === 0) return output.octets.subarray(0, readUlong(calls.profile, name, size));
  const error = errorOfNumber(calls.profile, name, number);
  if (error.facts.vendor?.name !== "SAR_BUFFER_TOO_SMALL" || room >= maximumRoom) throw error;
  return readSized(calls, { name, room: room * 4, field }, ...values);
}
