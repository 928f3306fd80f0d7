import type { Measurement } from "../../crypto/bench/measure.ts";
import { createSignatureVerifier } from "../src/verifier/index.ts";
import { createSoftHsm } from "../testing/softhsm.ts";
import { benchEncryptedFile } from "./encrypted-file.ts";
import { benchSimulatedDevice } from "./simulated-device.ts";
import { benchSoftHsm } from "./softhsm.ts";
import type { BareToken, SoftHsmBenchDeps } from "./softhsm.ts";

export interface AdaptersBenchDeps {
  readonly driverHostProgram: string;
  readonly verifierProgram: string;
  /** The addon of the native engine, if it was built. */
  readonly nativeEngine?: string;
  /** Undefined where SoftHSM or pkcs11js is missing. */
  readonly openBareToken: SoftHsmBenchDeps["openBareToken"] | undefined;
}

export interface AdaptersBench {
  readonly measurements: readonly Measurement[];
  /** What could not be measured here, in words. */
  readonly notMeasured: readonly string[];
}

/** Key stores: what the process border, the pool and the verification of every signature cost. */
export async function benchAdapters(deps: AdaptersBenchDeps): Promise<AdaptersBench> {
  const { driverHostProgram, verifierProgram, nativeEngine, openBareToken } = deps;
  const verifier = createSignatureVerifier({
    program: verifierProgram,
    ...(nativeEngine !== undefined && { nativeEngine }),
  });
  try {
    const softHsm = openBareToken && (await onSoftHsm({ driverHostProgram, verifier, openBareToken }));
    return {
      measurements: [
        ...(softHsm ?? []),
        ...(await benchSimulatedDevice({ driverHostProgram, verifier })),
        ...(await benchEncryptedFile(verifier)),
      ],
      notMeasured:
        softHsm === undefined ? ["SoftHSM was not measured: softhsm2 or pkcs11js is not installed"] : [],
    };
  } finally {
    await verifier.close();
  }
}

async function onSoftHsm(deps: Omit<SoftHsmBenchDeps, "softHsm">): Promise<Measurement[]> {
  const softHsm = createSoftHsm("bench");
  try {
    return await benchSoftHsm({ ...deps, softHsm });
  } finally {
    softHsm.dispose();
  }
}

export type { BareToken };
