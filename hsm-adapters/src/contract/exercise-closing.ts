import { utf8Of } from "@yinxin/crypto/bytes";
import { expect, it } from "vitest";

import { isRight } from "./exercise-signing.ts";
import type { ExercisedPlace } from "./exercised-place.ts";

/** The end of a store; these leave it closed. */
export function exerciseClosing(place: ExercisedPlace): void {
  it("finds its keys again after it was closed and opened", async () => {
    const made = await place.keys();
    await place.reopen();
    expect(await place.listed(made.map(({ uri }) => uri))).toEqual(made);
    for (const key of made) {
      const signer = await place.store.signer(key.uri);
      const message = utf8Of("again");
      expect(isRight(signer, message, await signer.sign({ message })), key.uri).toBe(true);
    }
  });

  it("refuses everything after it was closed, also through signers given before; closing twice is allowed", async () => {
    const { store } = place;
    const { uri } = await place.key(place.firstAlgorithm);
    const signer = await store.signer(uri);
    await store.close();
    await store.close();
    const request = { label: place.labelOf("late"), algorithm: place.firstAlgorithm };
    const attempts: Readonly<Record<string, () => Promise<unknown> | undefined>> = {
      sign: () => signer.sign({ message: utf8Of("late") }),
      signer: () => store.signer(uri),
      list: () => store.list(),
      refresh: () => store.refresh(),
      generate: () => store.generation?.generate(request),
      import: () => store.importing?.import({ ...request, pkcs8: new Uint8Array(1) }),
      destroy: () => store.destruction?.destroy(uri),
      "read certificate": () => store.certificates?.read(uri),
      "write certificate": () => store.certificates?.write(uri, new Uint8Array(1)),
      decryptor: () => store.decryption?.decryptor(uri),
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      const outcome = attempt();
      if (outcome === undefined) continue;
      await expect(outcome, name).rejects.toMatchObject({ code: "key-store-closed" });
    }
    expect(await store.health()).toMatchObject({ state: "closed" });
  });
}
