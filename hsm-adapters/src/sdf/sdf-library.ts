import { errorOfNumber } from "../device-profile/index.ts";
import type { DeviceProfile } from "../device-profile/index.ts";
import type { MaybePromise } from "../driver/index.ts";
import type { NativeArgument, NativeFunction, NativeLibrary, NativeValue } from "../native/index.ts";
import { andThen, createCallPace } from "./call-pace.ts";

/** A handle of the library: a pointer that only it understands. */
export type SdfHandle = bigint;

/** The functions that are called, with their arguments by the prototypes of GM/T 0018-2012 §6. */
const prototypes = {
  SDF_OpenDevice: ["bytes"],
  SDF_CloseDevice: ["handle"],
  SDF_OpenSession: ["handle", "bytes"],
  SDF_CloseSession: ["handle"],
  SDF_GetDeviceInfo: ["handle", "bytes"],
  SDF_GenerateRandom: ["handle", "ulong", "bytes"],
  SDF_GetPrivateKeyAccessRight: ["handle", "ulong", "bytes", "ulong"],
  SDF_ExportSignPublicKey_ECC: ["handle", "ulong", "bytes"],
  SDF_ExportEncPublicKey_ECC: ["handle", "ulong", "bytes"],
  SDF_ExportSignPublicKey_RSA: ["handle", "ulong", "bytes"],
  SDF_InternalSign_ECC: ["handle", "ulong", "bytes", "ulong", "bytes"],
  SDF_ExternalEncrypt_ECC: ["handle", "ulong", "bytes", "bytes", "ulong", "bytes"],
  SDF_InternalDecrypt_ECC: ["handle", "ulong", "ulong", "bytes", "bytes", "bytes"],
  SDF_InternalPrivateKeyOperation_RSA: ["handle", "ulong", "bytes", "ulong", "bytes", "bytes"],
} as const satisfies Record<string, readonly ("handle" | "ulong" | "bytes")[]>;

export type SdfFunctionName = keyof typeof prototypes;

/** A vendor's library as its profile says: arguments that it has beside the standard's are added, and numbers become errors. */
export interface SdfLibrary {
  readonly path: string;
  readonly profile: DeviceProfile;
  has(name: SdfFunctionName): boolean;
  /** Calls at once. @throws KeyStoreError by the profile's error map unless it answers 0. */
  call(name: SdfFunctionName, ...values: readonly NativeValue[]): void;
  /** Calls in the pace that suits the device. */
  callPaced(name: SdfFunctionName, ...values: readonly NativeValue[]): MaybePromise<void>;
  /** Calls on another thread. */
  callLater(name: SdfFunctionName, ...values: readonly NativeValue[]): Promise<void>;
  unload(): void;
}

/** @throws KeyStoreError `library-not-loadable` if it lacks what every SDF library has. */
export function createSdfLibrary(library: NativeLibrary, profile: DeviceProfile): SdfLibrary {
  const bound = new Map<SdfFunctionName, BoundFunction>();
  const bind = (name: SdfFunctionName): BoundFunction => {
    const known = bound.get(name) ?? bindFunction(library, profile, name);
    bound.set(name, known);
    return known;
  };
  for (const name of ["SDF_OpenDevice", "SDF_OpenSession", "SDF_GetDeviceInfo"] as const) bind(name);
  const pace = createCallPace(profile.calls);
  const check = (name: SdfFunctionName, answer: number): void => {
    if (answer !== 0) throw errorOfNumber(profile, name, answer);
  };
  return {
    path: library.path,
    profile,
    has: (name) => library.has(name),
    call: (name, ...values) => {
      const { run, complete } = bind(name);
      check(name, run(...complete(values)));
    },
    callPaced: (name, ...values) => {
      const { run, complete } = bind(name);
      return andThen(pace(run, complete(values)), (answer) => {
        check(name, answer);
      });
    },
    callLater: async (name, ...values) => {
      const { run, complete } = bind(name);
      const passed = complete(values);
      check(name, await run.later(...passed));
    },
    unload: () => {
      library.unload();
    },
  };
}

interface BoundFunction {
  readonly run: NativeFunction;
  /** Adds the arguments of the profile. */
  readonly complete: (values: readonly NativeValue[]) => NativeValue[];
}

function bindFunction(library: NativeLibrary, profile: DeviceProfile, name: SdfFunctionName): BoundFunction {
  const ulong = profile.ulongOctets === 8 ? "u64" : "u32";
  const parameters: NativeArgument[] = prototypes[name].map((kind) => (kind === "ulong" ? ulong : kind));
  // From the last on, so that each position is still the one of the standard's prototype.
  const extra = (profile.extraArguments[name] ?? []).toSorted(
    (left, right) => right.position - left.position,
  );
  for (const { position } of extra) parameters.splice(position, 0, ulong);
  return {
    run: library.declare(name, "i32", parameters, profile.callingConvention),
    complete: (values) => {
      const completed = [...values];
      for (const { position, value } of extra) completed.splice(position, 0, value);
      return completed;
    },
  };
}
