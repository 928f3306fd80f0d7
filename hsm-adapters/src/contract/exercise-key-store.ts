import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { exerciseClosing } from "./exercise-closing.ts";
import { exerciseFaces } from "./exercise-faces.ts";
import { exerciseGeneration } from "./exercise-generation.ts";
import { exerciseListing } from "./exercise-listing.ts";
import { exerciseSigning } from "./exercise-signing.ts";
import { ExercisedPlace } from "./exercised-place.ts";
import type { ExerciseOptions, KeyStoreFace, KeyStorePlace } from "./exercised-place.ts";

const faces: readonly KeyStoreFace[] = [
  "generation",
  "importing",
  "destruction",
  "certificates",
  "decryption",
];

/**
 * Runs every promise of {@link KeyStore} against an adapter: signing, listing, refusals, the faces that it has, closing. Tests run in
 * order over one open store, and keys are made once for each row.
 *
 * @param algorithms that this place has keys for, or makes them.
 * @param createPlace called once.
 */
export function exerciseKeyStore(
  name: string,
  algorithms: readonly SignatureAlgorithmName[],
  createPlace: () => Promise<KeyStorePlace>,
  options: ExerciseOptions = {},
): void {
  const timeout = options.timeoutMilliseconds;
  describe(`${name} as a key store`, timeout === undefined ? {} : { timeout }, () => {
    const place = new ExercisedPlace(algorithms, options);
    beforeAll(async () => {
      await place.begin(await createPlace());
    }, timeout);
    afterAll(() => place.end(), timeout);

    const expected = options.faces;
    if (expected !== undefined) {
      it(`has ${expected.join(", ") || "nothing"} beyond signing`, () => {
        expect(faces.filter((face) => place.store[face] !== undefined)).toEqual(
          faces.filter((face) => expected.includes(face)),
        );
      });
    }
    exerciseSigning(place);
    exerciseListing(place);
    exerciseGeneration(place);
    exerciseFaces(place);
    // The last, because it closes the store.
    exerciseClosing(place);
  });
}
