import type { SignatureVerifier } from "../src/verifier/index.ts";
import { driverHostConnector } from "../src/driver-host/index.ts";
import { pinFile } from "../src/pin/index.ts";
import { openTokenKeyStore } from "../src/token/index.ts";
import { compared } from "../../crypto/bench/measure.ts";
import type { Measurement } from "../../crypto/bench/measure.ts";
import type { SoftHsm } from "../testing/softhsm.ts";
import { signUnderLoad, synchronousRate } from "./signing-load.ts";

/** A token that a program drives by itself, as fast as it can: the yardstick. */
export interface BareToken {
  /** One ECDSA signature on P-256, synchronously, in this process. */
  readonly sign: () => void;
  readonly close: () => void;
}

export interface SoftHsmBenchDeps {
  readonly softHsm: SoftHsm;
  readonly driverHostProgram: string;
  readonly verifier: SignatureVerifier;
  readonly openBareToken: (softHsm: SoftHsm) => BareToken;
}

/** A token in software answers at once, and larger batches cost less: SoftHSM has as many sessions as are wanted. */
const sessions = 64;

/** Many and short, so that one of them meets a calm moment of a shared machine. */
const rounds = 12;
const roundMilliseconds = 300;

/** SoftHSM through a process of its own, with every signature verified, beside the bare calls in this process. */
export async function benchSoftHsm(deps: SoftHsmBenchDeps): Promise<Measurement[]> {
  const { softHsm, driverHostProgram, verifier } = deps;
  const { library, environment, serial } = softHsm;
  const store = await openTokenKeyStore({
    connect: driverHostConnector({
      program: driverHostProgram,
      family: "pkcs11",
      // Whether it is quick cannot be measured on a machine that does other work too.
      config: { library, token: { serial }, calls: "synchronous" },
      environment,
    }),
    pin: pinFile(softHsm.pinFile),
    verifier,
    mode: "sandbox",
    options: { sessions },
  });
  const bare = deps.openBareToken(softHsm);
  try {
    const key = await store.generation?.generate({ label: "bench", algorithm: "ES256" });
    if (key === undefined) throw new Error("SoftHSM makes keys");
    const signer = await store.signer(key.uri);
    const best = { subject: 0, bare: 0 };
    // In turns, and the best of each: a busy moment of the machine meets both.
    for (let round = 0; round < rounds; round += 1) {
      best.bare = Math.max(best.bare, synchronousRate(bare.sign, roundMilliseconds));
      best.subject = Math.max(best.subject, (await signUnderLoad(signer, roundMilliseconds)).rate);
    }
    return [
      compared(
        { subject: "SoftHSM P-256 through a driver host, verified", operation: "sign", unit: "1/s" },
        best.subject,
        { name: "pkcs11js P-256 sign in this process, unverified", value: best.bare },
        { of: "ratio", atLeast: 0.6 },
      ),
    ];
  } finally {
    bare.close();
    await store.close();
  }
}
