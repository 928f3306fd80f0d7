import { randomBytes } from "node:crypto";

import { utf8Of } from "@yinxin/crypto/bytes";
import { envelop, openEnvelope } from "@yinxin/crypto/enveloped";
import { issueCertificate } from "@yinxin/crypto/issuing";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { expect, it } from "vitest";

import { isRight } from "./exercise-signing.ts";
import type { ExercisedPlace } from "./exercised-place.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** The rows whose keys can also be encrypted to. */
const decryptingAlgorithms: ReadonlySet<string> = new Set(["SM2", "ES256", "RS256"]);

/** Importing, destroying, certificates, decrypting: where the store has them. */
export function exerciseFaces(place: ExercisedPlace): void {
  exerciseCertificates(place);
  exerciseDecryption(place);
  exerciseImporting(place);
  exerciseDestruction(place);
}

function exerciseCertificates(place: ExercisedPlace): void {
  it("keeps the certificate of a key, and none of another key, if it keeps any", async () => {
    const { certificates } = place.store;
    if (certificates === undefined) return;
    const { uri } = await place.key(place.firstAlgorithm);
    const own = await selfSigned(await place.store.signer(uri));
    if (place.options.onlyReadsCertificates === true) {
      const before = await certificates.read(uri);
      await expect(certificates.write(uri, own)).rejects.toMatchObject({ code: "operation-not-supported" });
      expect(await certificates.read(uri)).toEqual(before);
      return;
    }
    expect(await certificates.read(uri)).toBeUndefined();
    await certificates.write(uri, own);
    expect(await certificates.read(uri)).toEqual(own);
    const foreign = await selfSigned(createSoftwareSigner(generateKey("ES256").pkcs8));
    const malformed = { code: "configuration-malformed" };
    await expect(certificates.write(uri, foreign)).rejects.toMatchObject(malformed);
    await expect(certificates.write(uri, utf8Of("no certificate"))).rejects.toMatchObject(malformed);
    expect(await certificates.read(uri)).toEqual(own);
    const unknown = { code: "key-not-found" };
    await expect(certificates.read(place.place.unknownUri)).rejects.toMatchObject(unknown);
    await expect(certificates.write(place.place.unknownUri, own)).rejects.toMatchObject(unknown);
  });
}

function exerciseDecryption(place: ExercisedPlace): void {
  it("decrypts for a key that can, and says so of one that cannot, if it decrypts at all", async () => {
    const { decryption } = place.store;
    if (decryption === undefined) return;
    for (const { uri, algorithm, publicKey } of await place.keys()) {
      const decryptor = await decryption.decryptor(uri).catch((cause: unknown) => cause);
      if (decryptor instanceof Error) {
        expect(decryptor).toMatchObject({ code: "algorithm-not-supported" });
        continue;
      }
      expect(decryptingAlgorithms).toContain(algorithm);
      const content = utf8Of("机密");
      const subjectKeyIdentifier = random(20);
      const recipient = { publicKey, subjectKeyIdentifier };
      const envelope = envelop({ content, recipients: [recipient], random });
      const opened = await openEnvelope({
        envelope,
        recipient,
        random,
        decryptor: decryptor as Awaited<ReturnType<typeof decryption.decryptor>>,
      });
      expect(opened.content).toEqual(content);
    }
    const unknown = decryption.decryptor(place.place.unknownUri);
    await expect(unknown).rejects.toMatchObject({ code: "key-not-found" });
  });
}

function exerciseImporting(place: ExercisedPlace): void {
  it("signs with an imported key, which is never called local, if it imports", async () => {
    const { importing } = place.store;
    if (importing === undefined) return;
    const algorithm = place.firstAlgorithm;
    const label = place.labelOf("imported");
    const { pkcs8, spki } = generateKey(algorithm);
    const key = await importing.import({ label, algorithm, pkcs8 });
    expect(key).toMatchObject({ label, algorithm, publicKey: spki });
    expect(key.attributes.local ?? false).toBe(false);
    const signer = await place.store.signer(key.uri);
    const message = utf8Of("from elsewhere");
    expect(isRight(signer, message, await signer.sign({ message }))).toBe(true);
    expect(await place.listed([key.uri])).toEqual([key]);
    await expect(
      importing.import({ label, algorithm, pkcs8: generateKey(algorithm).pkcs8 }),
    ).rejects.toMatchObject({
      code: "key-exists",
    });
    const garbage = importing.import({ label: place.labelOf("garbage"), algorithm, pkcs8: random(64) });
    await expect(garbage).rejects.toMatchObject({ code: "algorithm-not-supported" });
    const misnamed = { label: "UPPER", algorithm, pkcs8: generateKey(algorithm).pkcs8 };
    await expect(importing.import(misnamed)).rejects.toMatchObject({ code: "key-uri-malformed" });
  });
}

function exerciseDestruction(place: ExercisedPlace): void {
  it("forgets a destroyed key for good, and its certificate with it, if it destroys", async () => {
    const { destruction, generation } = place.store;
    if (destruction === undefined) return;
    await expect(destruction.destroy(place.place.unknownUri)).rejects.toMatchObject({
      code: "key-not-found",
    });
    if (generation === undefined) return;
    const request = { label: place.labelOf("doomed"), algorithm: place.firstAlgorithm };
    const { uri, publicKey } = await generation.generate(request);
    const signer = await place.store.signer(uri);
    await place.store.certificates?.write(uri, await selfSigned(signer));
    await destruction.destroy(uri);
    const gone = { code: "key-not-found" };
    await expect(signer.sign({ message: utf8Of("late") })).rejects.toMatchObject(gone);
    await expect(place.store.signer(uri)).rejects.toMatchObject(gone);
    await expect(destruction.destroy(uri)).rejects.toMatchObject(gone);
    expect(await place.listed([uri])).toEqual([]);
    const next = await generation.generate(request);
    expect(next.publicKey).not.toEqual(publicKey);
    expect(await place.store.certificates?.read(next.uri)).toBeUndefined();
    await expect(signer.sign({ message: utf8Of("late") })).rejects.toMatchObject(gone);
  });
}

/** Over the key that signs it: nobody else has to be asked, and only this key can. */
async function selfSigned(signer: Signer): Promise<Uint8Array> {
  return issueCertificate({
    profile: "root-ca",
    subject: [
      { type: "C", value: "CN" },
      { type: "O", value: "印信测试" },
      { type: "CN", value: "密钥库" },
    ],
    publicKey: signer.publicKey,
    issuer: { signer },
    serialNumber: Uint8Array.of(1, ...random(15)),
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2045-12-31T00:00:00Z"),
  });
}
