import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { expect, it } from "vitest";

import type { KeyGeneration } from "../key-store/index.ts";
import type { ExercisedPlace } from "./exercised-place.ts";

/** Making keys, where the store can: each of these does nothing but look at the face where it cannot. */
export function exerciseGeneration(place: ExercisedPlace): void {
  const generating = (name: string, body: (generation: KeyGeneration) => Promise<void>): void => {
    it(`${name}, if it makes keys at all`, async () => {
      const { generation } = place.store;
      if (generation === undefined) expect(place.place).toHaveProperty("provision");
      else await body(generation);
    });
  };

  generating("refuses to generate under a label that is taken, and changes nothing", async (generation) => {
    const made = await place.key(place.firstAlgorithm);
    const request = { label: made.label, algorithm: place.firstAlgorithm };
    await expect(generation.generate(request)).rejects.toMatchObject({ code: "key-exists" });
    expect((await place.store.list()).filter(({ label }) => label === made.label)).toEqual([made]);
  });

  generating("gives a label to one of many who ask for it at once", async (generation) => {
    const request = { label: place.labelOf("wanted"), algorithm: place.firstAlgorithm };
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => generation.generate(request)));
    const made = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(made).toHaveLength(1);
    expect((await place.store.list()).filter(({ label }) => label === request.label)).toEqual(made);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "key-exists" });
    }
  });

  generating("makes a key that stays inside, as far as it says", async () => {
    const { attributes } = await place.key(place.firstAlgorithm);
    expect(attributes.local ?? true).toBe(true);
    expect(attributes.extractable ?? false).toBe(false);
  });

  generating("refuses an algorithm that it does not know", async (generation) => {
    const before = await place.store.list();
    const request = { label: place.labelOf("odd"), algorithm: "ROT13" as SignatureAlgorithmName };
    await expect(generation.generate(request)).rejects.toMatchObject({ code: "algorithm-not-supported" });
    expect(await place.store.list()).toEqual(before);
  });

  generating("refuses labels that it could not give back, in UTF-8 or not", async (generation) => {
    for (const label of ["", "../up", "UPPER", "a b", ".hidden", "trailing-", "印章", "é", "a".repeat(65)]) {
      const request = { label, algorithm: place.firstAlgorithm };
      await expect(generation.generate(request), label).rejects.toMatchObject({ code: "key-uri-malformed" });
    }
  });
}
