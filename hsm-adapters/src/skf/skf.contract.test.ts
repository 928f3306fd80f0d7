import { utf8Of } from "@yinxin/crypto/bytes";
import { expect } from "vitest";

import { toolSuite } from "../../../scripts/testing/tools.ts";
import { testPrograms } from "../../testing/programs.ts";
import { createSkfPlace, skfFixtureTools, skfLayouts, skfTest } from "../../testing/skf-fixture/index.ts";
import type { SkfPlace } from "../../testing/skf-fixture/index.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import { launchDriverHost } from "../driver-host/index.ts";
import { parseKeyUri } from "../key-store/index.ts";
import { pinFile } from "../pin/index.ts";
import { openTokenKeyStore } from "../token/index.ts";
import type { TokenKeyStore, TokenOptions } from "../token/index.ts";
import { verifyInProcess } from "../verifier/index.ts";

function openStore(place: SkfPlace, options: TokenOptions = {}): Promise<TokenKeyStore> {
  const program = testPrograms().driverHostProgram;
  const config = { library: place.library, profile: place.profile };
  return openTokenKeyStore({
    connect: () => launchDriverHost({ program, family: "skf", config }),
    pin: pinFile(place.pinFile),
    verifier: verifyInProcess,
    mode: "production",
    options,
  });
}

for (const layout of skfLayouts) {
  const name = `an SKF library of the layout ${layout}`;
  toolSuite(skfFixtureTools, name, () => {
    exerciseKeyStore(
      name,
      ["SM2"],
      () => {
        const place = createSkfPlace(layout);
        return Promise.resolve({
          open: () => openStore(place),
          unknownUri: parseKeyUri("skf:serial=YX2026000001;application=yinxin;container=nobody"),
          dispose: () => {
            place.dispose();
            return Promise.resolve();
          },
        });
      },
      {
        faces: [
          ...(["generation", "destruction", "certificates"] as const),
          ...(["standard", "raw-message"].includes(layout) ? [] : (["decryption"] as const)),
        ],
      },
    );
  });
}

for (const fault of ["crash-once", "hang-once"] as const) {
  skfTest(`an SKF library that does ${fault} loses no signature`, "standard", async (place) => {
    const store = await openStore(place, { deadlineMilliseconds: 500 });
    try {
      const key = await store.generation?.generate({ label: "a", algorithm: "SM2" });
      if (key === undefined) throw new Error("it makes no keys");
      const signer = await store.signer(key.uri);
      place.tell(`SKF_ECCSignData ${fault}`);
      const messages = Array.from({ length: 32 }, (_, at) => utf8Of(String(at)));
      const signatures = await Promise.all(messages.map((message) => signer.sign({ message })));
      expect(new Set(signatures.map((signature) => signature.join(","))).size).toBe(messages.length);
      expect((await store.health()).counters).toMatchObject({ hostRestarts: 1 });
    } finally {
      await store.close();
    }
  });
}
