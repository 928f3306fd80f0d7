import { utf8Of } from "@yinxin/crypto/bytes";
import { expect, it } from "vitest";

import type { KeyUri } from "../key-store/index.ts";
import { isRight } from "./exercise-signing.ts";
import type { ExercisedPlace } from "./exercised-place.ts";

/** What can be known of the keys and of the store itself. */
export function exerciseListing(place: ExercisedPlace): void {
  it("lists every key in the order of the URIs, with public parts only", async () => {
    const made = await place.keys();
    const all = await place.store.list();
    expect(all.map(({ uri }) => uri)).toEqual(all.map(({ uri }) => uri).sort());
    expect(new Set(all.map(({ uri }) => uri)).size).toBe(all.length);
    expect(place.options.isShared === true ? await place.listed(made.map(({ uri }) => uri)) : all).toEqual(
      made,
    );
    const members = new Set(all.flatMap((key) => Object.keys(key)));
    expect([...members].sort()).toEqual(["algorithm", "attributes", "label", "publicKey", "uri"]);
  });

  it("has no key that was not made: key-not-found", async () => {
    const { unknownUri } = place.place;
    await expect(place.store.signer(unknownUri)).rejects.toMatchObject({ code: "key-not-found" });
    expect(await place.listed([unknownUri])).toEqual([]);
  });

  it("refuses what is not a key URI", async () => {
    for (const text of ["", "client", "file:../up", "file:UPPER", "pkcs11:", "piv:serial=1;slot=%9"]) {
      await expect(place.store.signer(text as KeyUri), text).rejects.toMatchObject({
        code: "key-uri-malformed",
      });
    }
  });

  it("keeps its keys and signers through refresh", async () => {
    const key = await place.key(place.firstAlgorithm);
    const signer = await place.store.signer(key.uri);
    await place.store.refresh();
    const message = utf8Of("after refresh");
    expect(isRight(signer, message, await signer.sign({ message }))).toBe(true);
    expect(await place.listed([key.uri])).toEqual([key]);
  });

  it("says that it is ready, what it is, and how often it signed", async () => {
    const signer = await place.store.signer((await place.key(place.firstAlgorithm)).uri);
    const before = await place.store.health();
    await signer.sign({ message: utf8Of("counted") });
    const after = await place.store.health();
    expect(after.state).toBe("ready");
    expect(after.device).not.toBe("");
    if (before.counters === undefined) expect(after.counters).toBeUndefined();
    else expect(after.counters?.signatures).toBe(before.counters.signatures + 1);
  });
}
