import { createPrivateKey } from "node:crypto";

import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inToolFolder } from "../../testing/in-tool-folder.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { base64Of, bytesOfBase64, pemOfDer, utf8Of } from "../bytes/index.ts";
import { oid, parseDer, sequence, tags } from "../der/index.ts";
import { sm2Sign, sm2Verify } from "../sm2/index.ts";
import { createSoftwareSigner, generateKey, verifySignature } from "./index.ts";

const message = utf8Of("关于同意开展电子印章应用的批复\n");
const other = utf8Of("another message");

interface Exchange {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  /** For `botan sign` and `botan verify`. */
  readonly options: readonly string[];
  /** Ours. */
  readonly signature: Uint8Array;
  readonly isRight: (message: Uint8Array, signature: Uint8Array) => boolean;
}

function exchange({ privateKey, publicKey, options, signature, isRight }: Exchange): void {
  const files = {
    "key.pem": pemOfDer(privateKey, "PRIVATE KEY"),
    "public.pem": pemOfDer(publicKey, "PUBLIC KEY"),
    "own.sig": base64Of(signature),
    message,
    other,
  };
  inToolFolder(files, ({ run, must }) => {
    const verdict = (file: string): string =>
      run("botan", "verify", ...options, "public.pem", file, "own.sig").output.trim();
    expect([verdict("message"), verdict("other")]).toEqual(["Signature is valid", "Signature is invalid"]);
    const theirs = bytesOfBase64(must("botan", "sign", ...options, "key.pem", "message").trim());
    expect([isRight(message, theirs), isRight(other, theirs)]).toEqual([true, false]);
  });
}

const optionsOf: Partial<Record<SignatureAlgorithmName, readonly string[]>> = {
  ES256: ["--der-format", "--hash=SHA-256"],
  ES384: ["--der-format", "--hash=SHA-384"],
  ES512: ["--der-format", "--hash=SHA-512"],
  Ed25519: ["--hash="],
  RS256: ["--emsa=EMSA3", "--hash=SHA-256"],
  PS256: ["--emsa=EMSA4", "--hash=SHA-256"],
};

describe("signatures beside Botan", () => {
  for (const [name, options] of Object.entries(optionsOf)) {
    const algorithm = name as SignatureAlgorithmName;
    toolTest(["botan"], `of ${algorithm} are verified by it, and its own by us`, async () => {
      const { pkcs8: privateKey, spki: publicKey } = generateKey(algorithm);
      exchange({
        ...{ privateKey, publicKey, options },
        signature: await createSoftwareSigner(privateKey, algorithm).sign({ message }),
        isRight: (what, signature) => verifySignature({ algorithm, publicKey, message: what, signature }),
      });
    });
  }

  toolTest(["botan"], "of SM2 are verified by it, and its own by us, under the user id it takes", () => {
    // It has keys of SM2 under an identifier of their own, and its program takes the padding's name for the user id.
    const curve = oid("1.2.156.10197.1.301");
    const relabelled = (key: Uint8Array): Uint8Array =>
      sequence(
        ...parseDer(key).children.map(({ tag, raw }) =>
          tag === tags.sequence ? sequence(oid("1.2.156.10197.1.301.1"), curve) : raw,
        ),
      );
    const userId = utf8Of("EMSA1(SM3)");
    const { pkcs8, spki } = generateKey("SM2");
    const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
    exchange({
      privateKey: relabelled(pkcs8),
      publicKey: relabelled(spki),
      options: ["--der-format", "--hash=SM3"],
      signature: sm2Sign(key, spki, message, userId),
      isRight: (what, signature) => sm2Verify(spki, what, signature, userId),
    });
  });
});
