import { constants, createPublicKey, publicEncrypt } from "node:crypto";

import { utf8Of } from "@yinxin/crypto/bytes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { addKey, createTokenScene } from "../../testing/token-scene.ts";
import type { TokenScene } from "../../testing/token-scene.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";
import type { SimulatedBehaviour, SimulatedFault } from "../simulator/index.ts";

const onGeneration = (does: SimulatedBehaviour): SimulatedFault => ({
  name: "once",
  operation: "generate",
  does,
});

describe("making a key in a token store", () => {
  let scene: TokenScene;
  beforeEach(() => {
    scene = createTokenScene();
  });
  afterEach(() => scene.dispose());

  const request = { label: "seal.maker-1", algorithm: "SM2" } as const;

  it.each([
    "session-lost",
    "device-error",
    "login-lost",
    "device-busy",
    "vendor-error",
  ] satisfies KeyStoreErrorCode[])("is not tried again after %s", async (code) => {
    const store = await scene.open({ config: { faults: [onGeneration({ kind: "error", code })] } });
    await expect(store.generation?.generate(request)).rejects.toMatchObject({ code });
    expect(scene.statistics.generations).toBe(1);
  });

  it("is not tried again after a crash, and the refusal says that the key may be there", async () => {
    const store = await scene.open({ config: { faults: [onGeneration({ kind: "crash" })] } });
    await expect(store.generation?.generate(request)).rejects.toMatchObject({
      code: "driver-crashed",
      facts: { outcomeUnknown: true },
    });
    expect(scene.statistics.generations).toBe(1);
    await expect(store.generation?.generate(request)).resolves.toMatchObject({ label: request.label });
  });

  it("is ended with the host when the device does not answer, and says that the outcome is unknown", async () => {
    const store = await scene.open({
      config: { faults: [onGeneration({ kind: "silence" })] },
      options: { generationMilliseconds: 50 },
    });
    await expect(store.generation?.generate(request)).rejects.toMatchObject({
      code: "deadline-exceeded",
      facts: { outcomeUnknown: true },
    });
    expect(scene.statistics.generations).toBe(1);
    expect(scene.events).toContainEqual({ event: "host-killed", reason: "deadline-exceeded" });
  });

  it("looks for the label first, also one that another process gave", async () => {
    const store = await scene.open();
    const other = await scene.open();
    const made = await other.generation?.generate(request);
    await expect(store.generation?.generate(request)).rejects.toMatchObject({ code: "key-exists" });
    expect(scene.statistics.generations).toBe(1);
    await expect(store.list()).resolves.toEqual([made]);
  });

  it("keeps the device from answering others, whose time stands still meanwhile", async () => {
    const uri = await addKey(scene);
    const faults: SimulatedFault[] = [
      onGeneration({ kind: "slow", milliseconds: 150 }),
      { name: "behind-it", operation: "sign", does: { kind: "slow", milliseconds: 120 } },
    ];
    const store = await scene.open({
      options: { deadlineMilliseconds: 60, requestMilliseconds: 5_000 },
      config: { faults },
    });
    const signer = await store.signer(uri);
    const made = store.generation?.generate(request);
    await expect(signer.sign({ message: utf8Of("印信") })).resolves.toHaveLength(64);
    await expect(made).resolves.toMatchObject({ label: request.label });
    expect(scene.events).toEqual([]);
  });

  it("says which rows the device makes keys for", async () => {
    const store = await scene.open();
    await expect(store.generation?.generate({ label: "odd", algorithm: "ES512" })).rejects.toMatchObject({
      code: "algorithm-not-supported",
      facts: { supported: ["SM2", "ES256", "Ed25519", "RS256"] },
    });
    expect((await scene.open({ config: { cannotGenerate: true } })).generation).toBeUndefined();
  });

  it("decrypts with what was made for it, and says nothing of what cannot be decrypted", async () => {
    const store = await scene.open();
    const made = await store.generation?.generate({ label: "open", algorithm: "RS256" });
    if (made === undefined || store.decryption === undefined) throw new Error("the simulator can do both");
    const decryptor = await store.decryption.decryptor(made.uri);
    if (decryptor.kind !== "rsa") throw new Error("the key is RSA");
    const key = createPublicKey({ key: Buffer.from(made.publicKey), format: "der", type: "spki" });
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const ciphertext = new Uint8Array(publicEncrypt({ key, padding, oaepHash: "sha256" }, utf8Of("印信")));
    expect(await decryptor.decrypt(ciphertext, "SHA-256")).toEqual(utf8Of("印信"));
    ciphertext[0] = (ciphertext[0] ?? 0) ^ 1;
    expect(await decryptor.decrypt(ciphertext, "SHA-256")).toBeUndefined();
  });
});
