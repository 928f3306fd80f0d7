import { randomBytes } from "node:crypto";

import { SDJwtInstance } from "@sd-jwt/core";
import { describe, expect, it } from "vitest";

import { utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { createSoftwareSigner, generateKey, verifySignature } from "../signer/index.ts";
import { derOfRawSignature, rawOfDerSignature } from "../sm2/index.ts";
import { base64UrlOf, bytesOfBase64Url } from "../tokens/index.ts";
import { issueSdJwt, presentSdJwt, verifySdJwt } from "./index.ts";

const issuer = createSoftwareSigner(generateKey("ES256").pkcs8);
const now = new Date("2026-11-22T03:00:00Z");
const type = "example+sd-jwt";
const checks = { publicKey: issuer.publicKey, algorithm: "ES256", type, now } as const;
const claims = { iss: "https://ledger.example", holder: { name: "王芳", id: "X" }, posts: ["焊工", "电工"] };

/** The other implementation, with the same key: it brings the format and leaves the cryptography to its user. */
const other = new SDJwtInstance({
  signer: async (data) => base64UrlOf(rawOfDerSignature(await issuer.sign({ message: utf8Of(data) }))),
  signAlg: "ES256",
  verifier: (data, signature) =>
    verifySignature({
      algorithm: "ES256",
      publicKey: issuer.publicKey,
      message: utf8Of(data),
      signature: derOfRawSignature(bytesOfBase64Url(signature)),
    }),
  hasher: (data) => digest("SHA-256", typeof data === "string" ? utf8Of(data) : new Uint8Array(data)),
  hashAlg: "sha-256",
  saltGenerator: (length) => base64UrlOf(randomBytes(length)),
});

describe("credentials beside @sd-jwt/core", () => {
  it("issued here are read there, whole and in part", async () => {
    const text = await issueSdJwt({
      signer: issuer,
      keyId: "k1",
      type,
      claims,
      concealed: [["holder"], ["holder", "id"], ["posts", 1]],
      decoys: 2,
      randomBytes,
    });
    expect((await other.verify(text)).payload).toEqual(claims);
    const shown = await presentSdJwt(text, [["holder"]]);
    expect((await other.verify(shown)).payload).toEqual({
      ...claims,
      holder: { name: "王芳" },
      posts: ["焊工"],
    });
  });

  it("issued there are read here, whole and in part", async () => {
    const frame = { _sd: ["holder"], holder: { _sd: ["id"] }, posts: { _sd: [1] } } as const;
    const text = await other.issue(claims, frame as never, { header: { typ: type } });
    expect(verifySdJwt(text, checks).claims).toEqual(claims);
    const shown = await presentSdJwt(text, [["posts", 1]]);
    expect(verifySdJwt(shown, checks).claims).toEqual({ iss: claims.iss, posts: claims.posts });
  });
});
