import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { publicJwkOfSpki } from "@yinxin/crypto/tokens";
import { describe, expect, it } from "vitest";

import { knownTokenKeys, tokenKeyDocument } from "./token-key-document.ts";

const newKey = (algorithm: "ES256" | "SM2" = "ES256"): Uint8Array =>
  createSoftwareSigner(generateKey(algorithm).pkcs8).publicKey;
const one = newKey();
const two = newKey();
const kidOf = (key: Uint8Array): string => publicJwkOfSpki(key).kid;

describe("the document of the token keys", () => {
  it("shows each served key once, under its thumbprint, and nothing private", () => {
    const served = [
      { publicKey: one, state: "retiring" },
      { publicKey: two, state: "active" },
      { publicKey: two, state: "published" },
    ] as const;
    const { keys, deniedKeyIds, maxAgeSeconds } = tokenKeyDocument(served, served, 300);
    expect(keys).toEqual([publicJwkOfSpki(one), publicJwkOfSpki(two)]);
    expect({ deniedKeyIds, maxAgeSeconds }).toEqual({ deniedKeyIds: [], maxAgeSeconds: 300 });
  });

  it("is whole without a key, and with one that cannot be shown", () => {
    expect(tokenKeyDocument([], [], 300).keys).toEqual([]);
    const broken = [
      { publicKey: new Uint8Array(0), state: "active" },
      { publicKey: newKey("SM2"), state: "active" },
      { publicKey: two, state: "active" },
    ] as const;
    expect(tokenKeyDocument(broken, broken, 300).keys.map(({ kid }) => kid)).toEqual([kidOf(two)]);
  });

  it("denies a compromised key for ever, even if another version had the same, and is short-lived until it is destroyed", () => {
    const served = [{ publicKey: one, state: "active" }] as const;
    const compromised = [...served, { publicKey: one, state: "compromised" }] as const;
    expect(tokenKeyDocument(served, compromised, 300)).toEqual({
      keys: [],
      deniedKeyIds: [kidOf(one)],
      maxAgeSeconds: 60,
    });
    expect(tokenKeyDocument([], compromised, 30).maxAgeSeconds).toBe(30);
    const destroyed = [{ publicKey: one, state: "destroyed-compromised" }] as const;
    expect(tokenKeyDocument([], destroyed, 300)).toMatchObject({
      deniedKeyIds: [kidOf(one)],
      maxAgeSeconds: 300,
    });
  });
});

describe("the keys that an ID token may come back with", () => {
  it("are those that ever signed, but none that only waits and none that is denied", () => {
    const states = ["deactivated", "pre-active", "published", "destroyed"] as const;
    const versions = states.map((state) => ({ publicKey: newKey(), state }));
    const denied = { publicKey: one, state: "compromised" } as const;
    const known = knownTokenKeys([...versions, denied]).map(({ kid }) => kid);
    expect(known).toEqual([versions[0], versions[3]].map((version) => kidOf(version?.publicKey ?? one)));
  });
});
