import { utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { describe, expect } from "vitest";

import { toolSuite, toolTest } from "../../../scripts/testing/tools.ts";
import { testPrograms } from "../../testing/programs.ts";
import { createForwarder, createSm2Token, pkcs11FixtureTools } from "../../testing/pkcs11-fixture.ts";
import { createSoftHsm, softHsmTools } from "../../testing/softhsm.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import { launchDriverHost } from "../driver-host/index.ts";
import { parseKeyUri } from "../key-store/index.ts";
import { pinFile } from "../pin/index.ts";
import { openTokenKeyStore } from "../token/index.ts";
import type { TokenKeyStore, TokenOptions } from "../token/index.ts";
import { verifyInProcess } from "../verifier/index.ts";

interface Place {
  readonly library: string;
  readonly label: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly pinFile: string;
}

/** The token through a driver host, as services have it. */
function openStore(place: Place, profile?: unknown, options?: TokenOptions): Promise<TokenKeyStore> {
  return openTokenKeyStore({
    connect: () =>
      launchDriverHost({
        program: testPrograms().driverHostProgram,
        family: "pkcs11",
        config: {
          library: place.library,
          token: { label: place.label },
          ...(profile === undefined ? {} : { profile }),
        },
        environment: place.environment,
      }),
    pin: pinFile(place.pinFile),
    verifier: verifyInProcess,
    mode: "production",
    ...(options === undefined ? {} : { options }),
  });
}

const unknownUri = parseKeyUri("pkcs11:serial=nobody;id=%01");

toolSuite(softHsmTools, "SoftHSM", () => {
  exerciseKeyStore("SoftHSM", ["ES256", "ES384", "Ed25519", "RS256"], () => {
    const softHsm = createSoftHsm("contract");
    return Promise.resolve({
      open: () => openStore(softHsm),
      unknownUri,
      dispose: () => {
        softHsm.dispose();
        return Promise.resolve();
      },
    });
  });
});

toolSuite(pkcs11FixtureTools, "a token with a vendor's SM2", () => {
  exerciseKeyStore("a token with a vendor's SM2", ["SM2"], () => {
    const token = createSm2Token("profile=sansec");
    return Promise.resolve({
      open: () => openStore(token, "sansec"),
      unknownUri,
      dispose: () => {
        token.dispose();
        return Promise.resolve();
      },
    });
  });
});

describe("a token store over PKCS#11", () => {
  const message = utf8Of("印信");

  toolTest(
    [...softHsmTools, "pkcs11-tool"],
    "uses a key that another process made, without a restart",
    async () => {
      const softHsm = createSoftHsm("elsewhere");
      const store = await openStore(softHsm);
      try {
        const first = await store.generation?.generate({ label: "first", algorithm: "ES256" });
        await (await store.signer(first?.uri ?? unknownUri)).sign({ message });
        softHsm.pkcs11Tool(
          ...["--keypairgen", "--key-type", "EC:secp256r1", "--label", "轮换-2", "--id", "c0ffee"],
        );
        await store.refresh();
        const made = (await store.list()).find(({ label }) => label === "轮换-2");
        expect(made?.uri).toBe(`pkcs11:serial=${softHsm.serial};id=%c0%ff%ee`);
        const signer = await store.signer(made?.uri ?? unknownUri);
        const signature = await signer.sign({ message });
        expect(verifySignature({ ...signer, message, signature })).toBe(true);
        expect((await store.health()).counters).toMatchObject({ hostRestarts: 0, failures: 0 });
      } finally {
        await store.close();
        softHsm.dispose();
      }
    },
  );

  toolTest(softHsmTools, "calls no key missing while it may be hidden for want of a PIN", async () => {
    const softHsm = createSoftHsm("hidden");
    const missing = `${softHsm.pinFile}.gone`;
    const store = await openStore({ ...softHsm, pinFile: missing });
    try {
      const hidden = {
        code: "pin-required",
        message: `not logged in: private keys are not shown (there is no PIN file ${missing})`,
      };
      await expect(store.list()).rejects.toMatchObject(hidden);
      await expect(store.signer(unknownUri)).rejects.toMatchObject(hidden);
      await store.activate(softHsm.pin());
      expect(await store.list()).toEqual([]);
      await expect(store.signer(unknownUri)).rejects.toMatchObject({ code: "key-not-found" });
    } finally {
      await store.close();
      softHsm.dispose();
    }
  });

  toolTest(softHsmTools, "refuses ECDSA for a key on the SM2 curve, in these words", async () => {
    const softHsm = createSoftHsm("guard");
    const profile = {
      name: "mistaken",
      about: "ECDSA under the name of SM2",
      sm2: {
        keyType: "0x3",
        keyGeneration: "0x1040",
        signing: [{ mechanism: "0x1041", takes: "digest", form: "raw" }],
      },
    };
    const store = await openStore(softHsm, profile);
    try {
      const refused = { code: "ecdsa-for-sm2", message: expect.stringContaining("ECDSA") as string };
      const made = store.generation?.generate({ label: "sm2", algorithm: "SM2" });
      const key = await made?.catch((cause: unknown) => {
        expect(cause).toMatchObject(refused);
      });
      if (key !== undefined) {
        const signer = await store.signer(key.uri);
        await expect(signer.sign({ message })).rejects.toMatchObject(refused);
      }
    } finally {
      await store.close();
      softHsm.dispose();
    }
  });

  toolTest(
    [...softHsmTools, ...pkcs11FixtureTools],
    "never lets a session serve again that a device error poisoned, and loses no request by it",
    async () => {
      const softHsm = createSoftHsm("poisoned");
      const forwarder = createForwarder(softHsm.folder, softHsm.library);
      const environment = { ...softHsm.environment, ...forwarder.environment };
      const store = await openStore({ ...softHsm, library: forwarder.library, environment }, undefined, {
        sessions: 2,
      });
      try {
        const key = await store.generation?.generate({ label: "poisoned", algorithm: "ES256" });
        const signer = await store.signer(key?.uri ?? unknownUri);
        for (const failure of ["fail=48", "fail=179", "empty"]) {
          forwarder.spoil(failure, "once");
          const messages = Array.from({ length: 8 }, (_, at) => utf8Of(`${failure} ${String(at)}`));
          const signatures = await Promise.all(messages.map((each) => signer.sign({ message: each })));
          expect(
            messages.map((each, at) =>
              verifySignature({ ...signer, message: each, signature: signatures[at] ?? new Uint8Array() }),
            ),
          ).toEqual(messages.map(() => true));
        }
        // One for each failure, and none more: nobody met a poisoned session.
        expect((await store.health()).counters).toMatchObject({
          retries: 3,
          evictedSessions: 3,
          hostRestarts: 0,
        });
      } finally {
        await store.close();
        softHsm.dispose();
      }
    },
  );
});
