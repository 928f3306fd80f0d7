import type { Signer } from "@yinxin/crypto/signer";

import type { SignatureVerifier } from "../src/verifier/index.ts";
import { driverHostConnector } from "../src/driver-host/index.ts";
import { pinFile } from "../src/pin/index.ts";
import { openTokenKeyStore } from "../src/token/index.ts";
import { compared } from "../../crypto/bench/measure.ts";
import type { Measurement } from "../../crypto/bench/measure.ts";
import type { SoftHsm } from "../testing/softhsm.ts";
import { medianRound, pairedRounds } from "./paired-rounds.ts";
import type { Round } from "./paired-rounds.ts";
import { signUnderLoad, synchronousRate } from "./signing-load.ts";

/** A token that a program drives by itself, as fast as it can: the yardstick. */
export interface BareToken {
  /** One ECDSA signature on P-256 by the very key that the key store uses, synchronously, in this process. */
  readonly sign: () => void;
  readonly close: () => void;
}

export interface SoftHsmBenchDeps {
  readonly softHsm: SoftHsm;
  readonly driverHostProgram: string;
  readonly verifier: SignatureVerifier;
  /** Opens the key with this label. */
  readonly openBareToken: (softHsm: SoftHsm, label: string) => BareToken;
}

const label = "bench";

/** Many and short, so that the one in the middle says something on a shared machine. */
const rounds = 15;
const roundMilliseconds = 400;

/** The client learns how quick the token is, and the machine compiles. */
const warmUpMilliseconds = 1_500;

/**
 * SoftHSM through a process of its own, with every signature verified, beside the bare calls in this process by the same key: a key
 * that lies in the token costs more than one of a session, since SoftHSM looks at its file each time. All options are the usual ones.
 */
export async function benchSoftHsm(deps: SoftHsmBenchDeps): Promise<Measurement[]> {
  const { softHsm, driverHostProgram, verifier } = deps;
  const { library, environment, serial } = softHsm;
  const store = await openTokenKeyStore({
    connect: driverHostConnector({
      program: driverHostProgram,
      family: "pkcs11",
      config: { library, token: { serial } },
      environment,
    }),
    pin: pinFile(softHsm.pinFile),
    verifier,
    mode: "sandbox",
  });
  try {
    const key = await store.generation?.generate({ label, algorithm: "ES256" });
    if (key === undefined) throw new Error("SoftHSM makes keys");
    const signer = await store.signer(key.uri);
    await signUnderLoad(signer, warmUpMilliseconds);
    const { subject, baseline } = await besideBareToken(signer, () => deps.openBareToken(softHsm, label));
    return [
      compared(
        { subject: "SoftHSM P-256 through a driver host, verified", operation: "sign", unit: "1/s" },
        subject,
        { name: "pkcs11js P-256 sign in this process, same key, unverified", value: baseline },
        { of: "ratio", atLeast: 0.6 },
      ),
    ];
  } finally {
    await store.close();
  }
}

async function besideBareToken(signer: Signer, openBareToken: () => BareToken): Promise<Round> {
  // Opened once the key is there: SoftHSM looks at the folder when it is initialised.
  const bare = openBareToken();
  try {
    return medianRound(
      await pairedRounds(rounds, async () => ({
        baseline: synchronousRate(bare.sign, roundMilliseconds),
        subject: (await signUnderLoad(signer, roundMilliseconds)).rate,
      })),
    );
  } finally {
    bare.close();
  }
}
