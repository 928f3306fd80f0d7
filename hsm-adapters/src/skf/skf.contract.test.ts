import { utf8Of } from "@yinxin/crypto/bytes";
import { expect } from "vitest";

import { toolSuite } from "../../../scripts/testing/tools.ts";
import { createSkfPlace, skfFixtureTools, skfLayouts, skfTest } from "../../testing/skf-fixture/index.ts";
import { openSkfStore } from "../../testing/skf-fixture/open-skf-store.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import { parseKeyUri } from "../key-store/index.ts";

for (const layout of skfLayouts) {
  const name = `an SKF library of the layout ${layout}`;
  toolSuite(skfFixtureTools, name, () => {
    exerciseKeyStore(
      name,
      ["SM2"],
      () => {
        const place = createSkfPlace(layout);
        return Promise.resolve({
          open: () => openSkfStore(place),
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
    const store = await openSkfStore(place, {
      options: { deadlineMilliseconds: 2_000, requestMilliseconds: 30_000 },
    });
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

skfTest(
  "a wrong PIN of an SKF device is tried once, and never again by itself",
  "raw-message",
  async (place) => {
    place.calls();
    const pin = { read: () => Promise.resolve(utf8Of("111222")) };
    await expect(openSkfStore(place, { pin })).rejects.toMatchObject({
      code: "pin-incorrect",
      facts: { remainingTries: 5 },
    });
    expect(place.calls().filter((call) => call === "SKF_VerifyPIN")).toHaveLength(1);
  },
);

skfTest(
  "the last try of an SKF device's PIN, and one from the factory, are not used",
  "standard",
  async (place) => {
    place.calls();
    place.setPin({ remaining: 1 });
    await expect(openSkfStore(place)).rejects.toMatchObject({ code: "pin-last-try" });
    place.setPin({ isDefault: true });
    await expect(openSkfStore(place)).rejects.toMatchObject({ code: "pin-default" });
    place.setPin({ remaining: 0 });
    await expect(openSkfStore(place)).rejects.toMatchObject({ code: "pin-locked" });
    expect(place.calls()).not.toContain("SKF_VerifyPIN");
    place.setPin({ remaining: 1 });
    const store = await openSkfStore(place, { allowLastTry: true });
    expect((await store.health()).state).toBe("ready");
    await store.close();
  },
);
