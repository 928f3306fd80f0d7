import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { describe, expect } from "vitest";

import { toolSuite, toolTest } from "../../../scripts/testing/tools.ts";
import { testPrograms } from "../../testing/programs.ts";
import {
  buildSdfFixture,
  createSdfState,
  sdfFixtureTools,
  sdfFixtureVariable,
  sdfLayouts,
  sdfPassword,
} from "../../testing/sdf-fixture/index.ts";
import type { SdfFault, SdfLayout, SdfState } from "../../testing/sdf-fixture/index.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import { launchDriverHost } from "../driver-host/index.ts";
import { parseKeyUri } from "../key-store/index.ts";
import { pinFile } from "../pin/index.ts";
import { openTokenKeyStore } from "../token/index.ts";
import type { TokenKeyStore, TokenOptions } from "../token/index.ts";
import { verifyInProcess } from "../verifier/index.ts";

const serial = "2026010100100001";
const uriOf = (index: number): ReturnType<typeof parseKeyUri> =>
  parseKeyUri(`sdf:serial=${serial};index=${String(index)}`);

/** Over a driver host, as a service opens it. */
async function openStore(
  state: SdfState,
  layout: SdfLayout,
  options: TokenOptions = {},
): Promise<TokenKeyStore> {
  const pin = join(state.folder, "pin");
  if (!existsSync(pin)) writeFileSync(pin, sdfPassword, { mode: 0o400 });
  const config = { ...(await buildSdfFixture(layout)), indexes: "1-4" };
  return openTokenKeyStore({
    connect: () =>
      launchDriverHost({
        program: testPrograms().driverHostProgram,
        family: "sdf",
        config,
        environment: { [sdfFixtureVariable]: state.folder },
      }),
    pin: pinFile(pin),
    verifier: verifyInProcess,
    mode: "production",
    options,
  });
}

for (const layout of sdfLayouts) {
  const name = `an SDF library of the layout ${layout}`;
  toolSuite(sdfFixtureTools, name, () => {
    exerciseKeyStore(
      name,
      layout === "standard" ? ["SM2", "RS256"] : ["SM2"],
      () => {
        const state = createSdfState();
        let filled = 0;
        return Promise.resolve({
          open: () => openStore(state, layout),
          provision: (_label: string, algorithm: string) => {
            filled += 1;
            state.fillIndex(filled, algorithm === "SM2" ? "sm2" : "rsa");
            const uri = uriOf(filled);
            return Promise.resolve(algorithm === "SM2" ? uri : parseKeyUri(`${uri};kind=rsa`));
          },
          unknownUri: uriOf(4),
          dispose: () => {
            state.remove();
            return Promise.resolve();
          },
        });
      },
      { faces: ["decryption"] },
    );
  });
}

interface Outcome {
  readonly codes: readonly unknown[];
  readonly restarts: number;
}

/** One hang is one deadline, and a start of the host takes what it takes on a busy machine. */
const patient = { deadlineMilliseconds: 2_000, requestMilliseconds: 30_000 };

/** What became of signatures on a device whose eighth goes wrong (the login made one). */
async function signUnder(
  kind: SdfFault["kind"],
  signAll: (signOne: (message: Uint8Array) => Promise<unknown>) => Promise<readonly unknown[]>,
): Promise<Outcome> {
  const state = createSdfState();
  state.fillIndex(1);
  state.setFault({ kind, at: 8 });
  const store = await openStore(state, "standard", patient);
  try {
    const signer = await store.signer(uriOf(1));
    const codes = await signAll((message) =>
      signer.sign({ message }).then(
        () => "signed",
        (cause: unknown) => (cause as { code?: unknown }).code,
      ),
    );
    return { codes, restarts: (await store.health()).counters?.hostRestarts ?? 0 };
  } finally {
    await store.close();
    state.remove();
  }
}

const messages = Array.from({ length: 32 }, (_, at) => utf8Of(`contract ${String(at)}`));

const signAtOnce = (kind: SdfFault["kind"]): Promise<Outcome> =>
  signUnder(kind, (signOne) => Promise.all(messages.map(signOne)));

const signOneByOne = (kind: SdfFault["kind"]): Promise<Outcome> =>
  signUnder(kind, async (signOne) => {
    const codes: unknown[] = [];
    for (const message of messages.slice(0, 12)) codes.push(await signOne(message));
    return codes;
  });

describe("an SDF library in a driver host", () => {
  for (const kind of ["crash", "hang"] as const) {
    toolTest(sdfFixtureTools, `loses no signature to a ${kind}`, async () => {
      const { codes, restarts } = await signAtOnce(kind);
      expect(codes).toEqual(Array(32).fill("signed"));
      expect(restarts).toBe(1);
    });
  }

  toolTest(sdfFixtureTools, "signs for several services at once, each with its own process", async () => {
    const state = createSdfState();
    state.setSerial("2026112200200042");
    state.fillIndex(3);
    const uri = parseKeyUri("sdf:serial=2026112200200042;index=3");
    const stores = await Promise.all([1, 2].map(() => openStore(state, "standard")));
    try {
      const signers = await Promise.all(stores.map((store) => store.signer(uri)));
      const signatures = await Promise.all(
        signers.flatMap((signer) =>
          Array.from({ length: 16 }, (_, at) => signer.sign({ message: utf8Of(String(at)) })),
        ),
      );
      expect(new Set(signatures.map((signature) => signature.join(","))).size).toBe(32);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
      state.remove();
    }
  });

  toolTest(sdfFixtureTools, "that answers OK and writes nothing lets no wrong signature out", async () => {
    const { codes } = await signAtOnce("silent");
    expect(new Set(codes)).toEqual(new Set(["signed", "self-check-failed"]));
  });

  toolTest(sdfFixtureTools, "that lost its device is started again", async () => {
    const { codes, restarts } = await signAtOnce("lose");
    expect(codes).toContain("signed");
    expect(restarts).toBeGreaterThanOrEqual(1);
    // Whoever is tried on two hosts that lose the device is told so, or that the host was ended meanwhile.
    const possible: readonly unknown[] = ["signed", "device-error", "driver-crashed"];
    expect(codes.filter((code) => !possible.includes(code))).toEqual([]);
  });

  toolTest(sdfFixtureTools, "that lost its device says what the device said", async () => {
    const { codes, restarts } = await signOneByOne("lose");
    const rest = Array<string>(5).fill("signed");
    // Two tries for the seventh, then the first of the next, whose second is on the host that is started.
    expect(codes).toEqual([...Array<string>(6).fill("signed"), "device-error", ...rest]);
    expect(restarts).toBe(1);
  });
});
