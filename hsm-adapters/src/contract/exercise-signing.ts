import { schemeOf } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { SignerError, verifySignature } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { defaultUserId, sm2Z } from "@yinxin/crypto/sm2";
import { expect, it } from "vitest";

import type { ExercisedPlace } from "./exercised-place.ts";

/** As many as a busy service has in flight, and more than any device has sessions. */
const parallelSignatures = 64;

/** Signatures that verify, alone and at once, over messages and digests. */
export function exerciseSigning(place: ExercisedPlace): void {
  exerciseInputs(place);
  exerciseRows(place);
}

function exerciseInputs(place: ExercisedPlace): void {
  it.each(place.algorithms)("signs with a key for %s, and the signature verifies", async (algorithm) => {
    const key = await place.key(algorithm);
    expect(key.algorithm).toBe(algorithm);
    const signer = await place.store.signer(key.uri);
    expect(signer).toMatchObject({ algorithm, publicKey: key.publicKey });
    const message = utf8Of("印信");
    const signature = await signer.sign({ message });
    expect(isRight(signer, message, signature)).toBe(true);
    expect(isRight(signer, utf8Of("印章"), signature)).toBe(false);
    expect(await (await place.store.signer(key.uri, algorithm)).sign({ message })).toBeInstanceOf(Uint8Array);
  });

  it.each(place.algorithms)(
    "takes for %s the inputs that the signer lists, and refuses the others",
    async (algorithm) => {
      const signer = await place.store.signer((await place.key(algorithm)).uri);
      expect(signer.inputs).not.toHaveLength(0);
      const message = utf8Of("a message of some length");
      const inputs = { message: { message }, digest: { digest: digestOf(signer, message) } } as const;
      for (const kind of ["message", "digest"] as const) {
        const outcome = await signer.sign(inputs[kind]).catch((cause: unknown) => cause);
        if (signer.inputs.includes(kind)) {
          expect(isRight(signer, message, outcome as Uint8Array), kind).toBe(true);
        } else {
          expect(outcome).toBeInstanceOf(SignerError);
          expect(outcome).toMatchObject({ code: "input-not-supported" });
        }
      }
    },
  );

  it.each(place.algorithms)(
    `signs ${String(parallelSignatures)} messages at once with %s, each rightly and none like another`,
    async (algorithm) => {
      const { uri } = await place.key(algorithm);
      // Two signers of one key share its sessions.
      const signers = await Promise.all([place.store.signer(uri), place.store.signer(uri)]);
      const jobs = Array.from({ length: parallelSignatures }, (_, at) => ({
        signer: signers[at % signers.length] ?? signers[0],
        message: utf8Of(`message ${String(at)}`),
      }));
      const signatures = await Promise.all(jobs.map(({ signer, message }) => signer.sign({ message })));
      const right = jobs.filter(({ signer, message }, at) =>
        isRight(signer, message, signatures[at] ?? new Uint8Array()),
      );
      expect(right).toHaveLength(jobs.length);
      expect(new Set(signatures.map(hexOf)).size).toBe(jobs.length);
    },
  );
}

/** Rows other than the key's own. */
function exerciseRows(place: ExercisedPlace): void {
  it("refuses to sign by a row that the key does not have", async () => {
    const { uri, algorithm } = await place.key(place.firstAlgorithm);
    const other: SignatureAlgorithmName = algorithm === "Ed25519" ? "ES256" : "Ed25519";
    await expect(place.store.signer(uri, other)).rejects.toMatchObject({ code: "algorithm-not-supported" });
  });

  it("signs with an RSA key by PSS where the caller asks and the device can", async () => {
    const algorithm = place.algorithms.find((name) => name === "RS256");
    if (algorithm === undefined) return;
    const { uri } = await place.key(algorithm);
    const signer = await place.store.signer(uri, "PS256").catch((cause: unknown) => cause);
    if (signer instanceof Error) {
      expect(signer).toMatchObject({ code: "algorithm-not-supported" });
      return;
    }
    const message = utf8Of("padding");
    const signature = await (signer as Signer).sign({ message });
    expect(isRight(signer as Signer, message, signature)).toBe(true);
  });
}

/** What the row's digest makes of the message; for SM2, e = SM3(Z ‖ M) (GB/T 32918.2-2016 §5.5). */
function digestOf({ algorithm, publicKey }: Signer, message: Uint8Array): Uint8Array {
  if (algorithm === "SM2") return digest("SM3", sm2Z(publicKey, defaultUserId), message);
  return digest(schemeOf(algorithm).digest ?? "SHA-512", message);
}

export function isRight(
  { algorithm, publicKey }: Pick<Signer, "algorithm" | "publicKey">,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verifySignature({ algorithm, publicKey, message, signature });
}
