import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { SignerError, verifySignature } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { describe, expect, it } from "vitest";

import type { KeyDescription, KeyGeneration, KeyStore, KeyUri } from "../key-store/index.ts";

/** One device or folder without keys, which the exercise opens as often as it needs. */
export interface KeyStorePlace {
  open(): Promise<KeyStore>;
  uriOf(label: string): KeyUri;
}

/**
 * Runs every promise of {@link KeyStore} that does not depend on the kind of device.
 *
 * @param algorithms that this adapter makes keys for.
 * @param createPlace makes a place that no other test uses.
 */
export function exerciseKeyStore(
  name: string,
  algorithms: readonly SignatureAlgorithmName[],
  createPlace: () => Promise<KeyStorePlace>,
): void {
  const withStore = async (body: (store: KeyStore, place: KeyStorePlace) => Promise<void>) => {
    const place = await createPlace();
    const store = await place.open();
    try {
      await body(store, place);
    } finally {
      await store.close();
    }
  };

  describe(`${name} as a key store`, () => {
    describeSigning(algorithms, withStore);
    describeListing(algorithms, withStore);
    describeRefusals(algorithms, withStore);
    describeClosing(algorithms, withStore);
  });
}

type WithStore = (body: (store: KeyStore, place: KeyStorePlace) => Promise<void>) => Promise<void>;

function describeSigning(algorithms: readonly SignatureAlgorithmName[], withStore: WithStore): void {
  it.each(algorithms)("generates a key for %s that signs, and the signature verifies", async (algorithm) => {
    await withStore(async (store, place) => {
      const key = await generationOf(store).generate({ uri: place.uriOf("a.key-1"), algorithm });
      const signer = await store.signer(key.uri);
      expect(signer).toMatchObject({ algorithm, publicKey: key.publicKey });
      const message = utf8Of("印信");
      expect(isRight(signer, message, await signer.sign({ message }))).toBe(true);
    });
  });

  it.each(algorithms)(
    "signs 32 messages at once with %s, each rightly and none like another",
    async (algorithm) => {
      await withStore(async (store, place) => {
        const uri = place.uriOf("busy");
        await generationOf(store).generate({ uri, algorithm });
        const signer = await store.signer(uri);
        const messages = Array.from({ length: 32 }, (_, number) => utf8Of(`message ${String(number)}`));
        const signatures = await Promise.all(messages.map((message) => signer.sign({ message })));
        expect(
          signatures.map((signature, at) => isRight(signer, messages[at] ?? new Uint8Array(), signature)),
        ).toEqual(messages.map(() => true));
        expect(new Set(signatures.map(hexOf)).size).toBe(messages.length);
      });
    },
  );

  it.each(algorithms)("refuses a kind of input that the signer for %s does not list", async (algorithm) => {
    await withStore(async (store, place) => {
      const uri = place.uriOf("picky");
      await generationOf(store).generate({ uri, algorithm });
      const signer = await store.signer(uri);
      expect(signer.inputs).not.toHaveLength(0);
      const attempts = [{ message: new Uint8Array(32) }, { digest: new Uint8Array(32) }] as const;
      for (const input of attempts) {
        const isListed = signer.inputs.includes("message" in input ? "message" : "digest");
        const outcome = signer.sign(input).then(
          () => "signed",
          (cause: unknown) => cause,
        );
        expect(await outcome).toEqual(
          isListed
            ? "signed"
            : expect.objectContaining({ constructor: SignerError, code: "input-not-supported" }),
        );
      }
    });
  });
}

function describeListing(algorithms: readonly SignatureAlgorithmName[], withStore: WithStore): void {
  it("has no key that was not made: key-not-found", async () => {
    await withStore(async (store, place) => {
      await expect(store.signer(place.uriOf("nobody"))).rejects.toMatchObject({ code: "key-not-found" });
      expect(await store.list()).toEqual([]);
    });
  });

  it("lists every key by its URI, with public parts only", async () => {
    await withStore(async (store, place) => {
      const made: KeyDescription[] = [];
      for (const [position, algorithm] of algorithms.entries()) {
        const uri = place.uriOf(`key-${String(algorithms.length - position)}`);
        made.push(await generationOf(store).generate({ uri, algorithm }));
      }
      const listed = await store.list();
      expect(listed).toEqual(made.toReversed());
      const members = new Set(listed.flatMap((key) => Object.keys(key)));
      expect([...members].sort()).toEqual(["algorithm", "publicKey", "uri"]);
    });
  });
}

function describeRefusals(algorithms: readonly SignatureAlgorithmName[], withStore: WithStore): void {
  it("refuses to generate under a label that is taken, and changes nothing", async () => {
    await withStore(async (store, place) => {
      const request = { uri: place.uriOf("taken"), algorithm: algorithms[0] ?? "SM2" };
      const first = await generationOf(store).generate(request);
      await expect(generationOf(store).generate(request)).rejects.toMatchObject({ code: "key-exists" });
      expect(await store.list()).toEqual([first]);
    });
  });

  it("gives a label to one of many who ask for it at once", async () => {
    await withStore(async (store, place) => {
      const request = { uri: place.uriOf("wanted"), algorithm: algorithms[0] ?? "SM2" };
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () => generationOf(store).generate(request)),
      );
      const made = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      expect(made).toHaveLength(1);
      expect(await store.list()).toEqual(made);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "key-exists" });
      }
    });
  });

  it("refuses to make a key for an algorithm that it does not know", async () => {
    await withStore(async (store, place) => {
      const request = { uri: place.uriOf("odd"), algorithm: "ROT13" as SignatureAlgorithmName };
      await expect(generationOf(store).generate(request)).rejects.toMatchObject({
        code: "algorithm-not-supported",
      });
      expect(await store.list()).toEqual([]);
    });
  });

  it("refuses malformed labels", async () => {
    await withStore(async (store) => {
      for (const label of ["", "../up", "UPPER", "a b", ".hidden", "trailing-", "a".repeat(65)]) {
        const request = { uri: `file:${label}`, algorithm: algorithms[0] ?? "SM2" } as const;
        const malformed = { code: "key-uri-malformed" };
        await expect(store.signer(request.uri), label).rejects.toMatchObject(malformed);
        await expect(generationOf(store).generate(request), label).rejects.toMatchObject(malformed);
      }
    });
  });
}

function describeClosing(algorithms: readonly SignatureAlgorithmName[], withStore: WithStore): void {
  const algorithm = algorithms[0] ?? "SM2";

  it("finds its keys again after it was closed and opened", async () => {
    await withStore(async (store, place) => {
      const made = await generationOf(store).generate({ uri: place.uriOf("lasting"), algorithm });
      await store.close();
      const reopened = await place.open();
      try {
        expect(await reopened.list()).toEqual([made]);
        const signer = await reopened.signer(made.uri);
        const message = utf8Of("again");
        expect(isRight(signer, message, await signer.sign({ message }))).toBe(true);
      } finally {
        await reopened.close();
      }
    });
  });

  it("refuses everything after it was closed, also through signers given before; closing twice is allowed", async () => {
    await withStore(async (store, place) => {
      const uri = place.uriOf("gone");
      await generationOf(store).generate({ uri, algorithm });
      const signer = await store.signer(uri);
      await store.close();
      await store.close();
      const closed = { code: "key-store-closed" };
      await expect(signer.sign({ message: utf8Of("late") })).rejects.toMatchObject(closed);
      await expect(store.signer(uri)).rejects.toMatchObject(closed);
      await expect(store.list()).rejects.toMatchObject(closed);
      await expect(
        generationOf(store).generate({ uri: place.uriOf("late"), algorithm }),
      ).rejects.toMatchObject(closed);
    });
  });
}

function generationOf(store: KeyStore): KeyGeneration {
  if (store.generation === undefined)
    throw new Error("this adapter cannot make the keys that the exercise needs");
  return store.generation;
}

function isRight({ algorithm, publicKey }: Signer, message: Uint8Array, signature: Uint8Array): boolean {
  return verifySignature({ algorithm, publicKey, message, signature });
}
