import { createCipheriv, generateKeyPairSync, randomBytes } from "node:crypto";

import { beforeAll, describe, expect, it } from "vitest";

import { extension, fabricate } from "../../testing/fabricated-certificate.ts";
import { concatBytes, hexOf, utf8Of } from "../bytes/index.ts";
import {
  bitString,
  element,
  octetString,
  oid,
  parseDer,
  sequence,
  setOf,
  smallInteger,
} from "../der/index.ts";
import { parsePrivateKey } from "../pkcs8/index.ts";
import { generateKey } from "../signer/index.ts";
import type { Certificate } from "../x509/index.ts";
import {
  createSoftwareDecryptor,
  envelop,
  EnvelopeError,
  openEnvelope,
  openSm2EnvelopedKey,
  writeSm2EnvelopedKey,
} from "./index.ts";
import type { ContentCipherName, Decryptor, RecipientClaim, Sm2Decryptor } from "./index.ts";

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const content = utf8Of("移交的密钥：不得外传");

interface Holder {
  readonly decryptor: Decryptor;
  readonly certificate: Certificate;
}

function newKey(kind: "RSA" | "P-256" | "SM2"): Uint8Array {
  if (kind === "RSA") {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    return new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" }));
  }
  return generateKey(kind === "SM2" ? "SM2" : "ES256").pkcs8;
}

const identifierOf = (kind: string) => utf8Of(`key of ${kind}`);

async function newHolder(kind: "RSA" | "P-256" | "SM2", keyUsage?: number): Promise<Holder> {
  const decryptor = createSoftwareDecryptor(newKey(kind));
  // All fabricated certificates have one serial number.
  const issuer = await fabricate({ subject: `issuer ${hexOf(random(4))}` });
  const { certificate } = await fabricate({
    subject: kind,
    issuer,
    // Only its public key is looked at.
    signer: { ...issuer.signer, publicKey: decryptor.publicKey },
    extensions: [
      extension("2.5.29.14", octetString(identifierOf(kind)), false),
      ...(keyUsage === undefined
        ? []
        : [extension("2.5.29.15", element(0x03, Uint8Array.of(0, keyUsage)), true)]),
    ],
  });
  return { decryptor, certificate };
}

const kinds = ["RSA", "P-256", "SM2"] as const;
let holders: Record<(typeof kinds)[number], Holder>;
beforeAll(async () => {
  holders = { RSA: await newHolder("RSA"), "P-256": await newHolder("P-256"), SM2: await newHolder("SM2") };
});

const open = (envelope: Uint8Array, decryptor: Decryptor, recipient: RecipientClaim) =>
  openEnvelope({ envelope, decryptor, recipient, random });

async function codeOf(opening: Promise<unknown>): Promise<string> {
  try {
    await opening;
  } catch (cause) {
    if (cause instanceof EnvelopeError) return cause.code;
    throw cause;
  }
  return "opened";
}

const ciphers: readonly ContentCipherName[] = [
  "AES-128-GCM",
  "AES-256-GCM",
  "AES-128-CBC",
  "AES-256-CBC",
  "SM4-CBC",
];

describe.each(kinds)("an envelope for a key of %s", (kind) => {
  it.each(ciphers)("under %s opens with that key, by certificate and by key identifier", async (cipher) => {
    const { decryptor, certificate } = holders[kind];
    const { publicKey } = decryptor;
    const subjectKeyIdentifier = identifierOf(kind);
    for (const recipient of [{ certificate }, { publicKey, subjectKeyIdentifier }]) {
      const envelope = envelop({ content, recipients: [recipient], random, cipher });
      const opened = await open(
        envelope,
        decryptor,
        "certificate" in recipient ? { certificate } : recipient,
      );
      expect(opened).toEqual({
        content,
        contentType: "1.2.840.113549.1.7.1",
        cipher,
        isAuthenticated: cipher.includes("GCM"),
        quirks: [],
      });
    }
  });

  it("does not open with another key of the same kind", async () => {
    const { certificate } = holders[kind];
    const other = await newHolder(kind);
    for (const cipher of ciphers) {
      const envelope = envelop({ content, recipients: [{ certificate }], random, cipher });
      expect(await codeOf(open(envelope, other.decryptor, { certificate }))).toBe("envelope-not-opened");
      expect(await codeOf(open(envelope, other.decryptor, { certificate: other.certificate }))).toBe(
        "recipient-not-found",
      );
    }
  });

  it("is not written to a certificate whose key only signs", async () => {
    const { certificate } = await newHolder(kind, 0x80);
    expect(() => envelop({ content, recipients: [{ certificate }], random })).toThrow(
      expect.objectContaining({ code: "recipient-unfit" }) as Error,
    );
    const usage = kind === "P-256" ? 0x08 : 0x20;
    const fit = await newHolder(kind, usage);
    expect(envelop({ content, recipients: [{ certificate: fit.certificate }], random })).toBeInstanceOf(
      Uint8Array,
    );
  });
});

describe("an envelope", () => {
  it("for several recipients opens for each of them, and holds the content once", async () => {
    const recipients = kinds.map((kind) => ({ certificate: holders[kind].certificate }));
    const envelope = envelop({ content: new Uint8Array(100_000), recipients, random });
    expect(envelope.length).toBeLessThan(102_000);
    for (const kind of kinds) {
      const { decryptor, certificate } = holders[kind];
      const opened = await open(envelope, decryptor, { certificate });
      expect(opened.content).toHaveLength(100_000);
    }
  });

  it("of nothing is an envelope too", async () => {
    const { decryptor, certificate } = holders["P-256"];
    for (const cipher of ciphers) {
      const envelope = envelop({ content: new Uint8Array(), recipients: [{ certificate }], random, cipher });
      expect((await open(envelope, decryptor, { certificate })).content).toEqual(new Uint8Array());
    }
  });

  it("says what is in it", async () => {
    const { decryptor, certificate } = holders["P-256"];
    const contentType = "1.2.840.113549.1.7.2";
    const envelope = envelop({ content, contentType, recipients: [{ certificate }], random });
    expect(await open(envelope, decryptor, { certificate })).toMatchObject({ contentType });
  });

  it("has the versions of RFC 5652 §6.1", () => {
    const versionOf = (...names: readonly (typeof kinds)[number][]) => {
      const recipients = names.map((kind) => ({ certificate: holders[kind].certificate }));
      const envelope = parseDer(envelop({ content, recipients, random, cipher: "AES-256-CBC" }));
      return hexOf(envelope.children[1]?.children[0]?.children[0]?.raw ?? new Uint8Array());
    };
    expect(versionOf("RSA")).toBe("020100");
    expect(versionOf("RSA", "SM2")).toBe("020100");
    expect(versionOf("RSA", "P-256")).toBe("020102");
  });

  it("in the form of GB/T 35275 is for SM2 certificates, under SM4, with that standard's identifiers", async () => {
    const { decryptor, certificate } = holders.SM2;
    const envelope = envelop({ content, recipients: [{ certificate }], random, form: "gbt35275" });
    const [type, wrapper] = parseDer(envelope).children;
    expect(hexOf(type?.raw ?? new Uint8Array())).toBe(hexOf(oid("1.2.156.10197.6.1.4.2.3")));
    expect(wrapper?.children[0]?.children[0]?.contents).toEqual(Uint8Array.of(1));
    const opened = await open(envelope, decryptor, { certificate });
    expect(opened).toMatchObject({ content, contentType: "1.2.156.10197.6.1.4.2.1", cipher: "SM4-CBC" });
    const wrong = { content, recipients: [{ certificate: holders.RSA.certificate }], random };
    expect(() => envelop({ ...wrong, form: "gbt35275" })).toThrow(EnvelopeError);
  });

  it("needs recipients to whom something can be encrypted", async () => {
    expect(() => envelop({ content, recipients: [], random })).toThrow(RangeError);
    const { publicKey: small } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const unfit = [
      new Uint8Array(small.export({ type: "spki", format: "der" })),
      generateKey("Ed25519").spki,
      new Uint8Array(3),
      // Not on the curve.
      holders["P-256"].decryptor.publicKey.map((octet, index) => (index === 90 ? octet ^ 1 : octet)),
      holders.SM2.decryptor.publicKey.map((octet, index) => (index === 90 ? octet ^ 1 : octet)),
    ];
    for (const publicKey of unfit) {
      const recipients = [{ publicKey, subjectKeyIdentifier: Uint8Array.of(1) }];
      expect(await codeOf(Promise.resolve().then(() => envelop({ content, recipients, random })))).toBe(
        "recipient-unfit",
      );
    }
  });

  it("is opened by keys that decrypt", () => {
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const inputs = [
      generateKey("Ed25519").pkcs8,
      new Uint8Array(8),
      new Uint8Array(small.export({ type: "pkcs8", format: "der" })),
    ];
    for (const input of inputs) {
      expect(() => createSoftwareDecryptor(input)).toThrow(
        expect.objectContaining({ code: "recipient-unfit" }) as Error,
      );
    }
  });
});

describe("an SM2 private key that is handed over (GB/T 35276 §7.4)", () => {
  const handed = generateKey("SM2");
  const owner = generateKey("SM2");

  function decryptorOf(pkcs8: Uint8Array): Sm2Decryptor {
    const decryptor = createSoftwareDecryptor(pkcs8);
    if (decryptor.kind !== "sm2") throw new Error("not an SM2 key");
    return decryptor;
  }
  const write = () => writeSm2EnvelopedKey(handed.pkcs8, owner.spki, random);
  const openKey = (envelope: Uint8Array, pkcs8 = owner.pkcs8) =>
    openSm2EnvelopedKey(envelope, decryptorOf(pkcs8), random);

  /** The four members, one of them changed. */
  function changed(index: number, member: (old: Uint8Array) => Uint8Array): Uint8Array {
    const members = parseDer(write()).children.map(({ raw }) => raw);
    return sequence(...members.map((raw, at) => (at === index ? member(raw) : raw)));
  }

  it("comes out as the key that went in, with the public key that belongs to it", async () => {
    const { privateKey, publicKey, quirks } = await openKey(write());
    expect(hexOf(privateKey)).toBe(hexOf(handed.pkcs8));
    expect(hexOf(publicKey)).toBe(hexOf(handed.spki));
    expect(quirks).toEqual([]);
  });

  it("is SM4 in ECB mode, an SM2Cipher, a public key and 32 octets", () => {
    const [algorithm, cipher, publicKey, encrypted] = parseDer(write()).children;
    expect(hexOf(algorithm?.children[0]?.raw ?? new Uint8Array())).toBe(hexOf(oid("1.2.156.10197.1.104.1")));
    expect(cipher?.children.map(({ tag }) => tag)).toEqual([0x02, 0x02, 0x04, 0x04]);
    expect(publicKey?.contents).toHaveLength(66);
    expect(encrypted?.contents).toHaveLength(33);
  });

  it("is read with SM4 named without a mode, under a quirk", async () => {
    const { quirks } = await openKey(changed(0, () => sequence(oid("1.2.156.10197.1.104"))));
    expect(quirks).toEqual([{ code: "sm4-without-mode" }]);
  });

  it("is read with 32 zero octets before the number, as devices have it, under a quirk", async () => {
    const key = random(16);
    const envelope = writeSm2EnvelopedKey(handed.pkcs8, owner.spki, (size) =>
      size === 16 ? key : random(size),
    );
    const scalar = parseDer(parsePrivateKey(handed.pkcs8).key).children[1]?.contents ?? new Uint8Array();
    const sm4 = createCipheriv("sm4-ecb", key, null).setAutoPadding(false);
    const padded = concatBytes(sm4.update(concatBytes(new Uint8Array(32), scalar)), sm4.final());
    const [algorithm, cipher, publicKey] = parseDer(envelope).children.map(({ raw }) => raw);
    if (algorithm === undefined || cipher === undefined || publicKey === undefined)
      throw new Error("cut off");
    const { privateKey, quirks } = await openKey(sequence(algorithm, cipher, publicKey, bitString(padded)));
    expect(hexOf(privateKey)).toBe(hexOf(handed.pkcs8));
    expect(quirks).toEqual([{ code: "padded-private-key" }]);
  });

  it("does not open with another key, nor beside another public key, nor damaged: all one error", async () => {
    const other = generateKey("SM2");
    const flip = (at: number) => (raw: Uint8Array) =>
      raw.map((octet, index) => (index === at ? octet ^ 1 : octet));
    const attempts = [
      openKey(write(), other.pkcs8),
      openKey(changed(2, () => parseDer(other.spki).children[1]?.raw ?? new Uint8Array())),
      openKey(changed(1, flip(100))),
      openKey(changed(3, flip(20))),
      openKey(changed(2, flip(40))),
    ];
    expect(await Promise.all(attempts.map(codeOf))).toEqual(attempts.map(() => "envelope-not-opened"));
  });

  it("is refused when it is something else", async () => {
    expect(await codeOf(openKey(new Uint8Array()))).toBe("envelope-malformed");
    expect(await codeOf(openKey(changed(3, () => bitString(new Uint8Array(48)))))).toBe("envelope-malformed");
    expect(await codeOf(openKey(changed(0, () => sequence(oid("1.2.3")))))).toBe(
      "envelope-algorithm-unsupported",
    );
    expect(() => writeSm2EnvelopedKey(generateKey("ES256").pkcs8, owner.spki, random)).toThrow(EnvelopeError);
    expect(() => writeSm2EnvelopedKey(handed.pkcs8, generateKey("ES256").spki, random)).toThrow(
      EnvelopeError,
    );
  });
});

describe("an envelope from outside", () => {
  const transportWith = (algorithm: Uint8Array, certificate: Certificate) => {
    const rid = sequence(
      certificate.issuer.raw,
      element(0x02, Uint8Array.from(Buffer.from(certificate.serialNumber, "hex"))),
    );
    const info = sequence(smallInteger(0), rid, algorithm, octetString(new Uint8Array(256)));
    const cipher = sequence(oid("2.16.840.1.101.3.4.1.42"), octetString(new Uint8Array(16)));
    const encrypted = sequence(oid("1.2.840.113549.1.7.1"), cipher, element(0x80, new Uint8Array(16)));
    const body = sequence(smallInteger(0), setOf(info), encrypted);
    return sequence(oid("1.2.840.113549.1.7.3"), element(0xa0, body));
  };

  it.each([
    ["PKCS #1 v1.5", "1.2.840.113549.1.1.1"],
    ["an unknown algorithm", "1.2.3"],
  ])("with key transport by %s is refused by name", async (_what, algorithm) => {
    const { decryptor, certificate } = holders.RSA;
    const envelope = transportWith(sequence(oid(algorithm)), certificate);
    expect(await codeOf(open(envelope, decryptor, { certificate }))).toBe("envelope-algorithm-unsupported");
  });

  it("for a key of another kind under our name is refused by name", async () => {
    const { certificate } = holders.RSA;
    const envelope = transportWith(sequence(oid("1.2.840.113549.1.1.7"), sequence()), certificate);
    expect(await codeOf(open(envelope, holders["P-256"].decryptor, { certificate }))).toBe(
      "envelope-algorithm-unsupported",
    );
    expect(await codeOf(open(envelope, holders.RSA.decryptor, { certificate }))).toBe("envelope-not-opened");
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["other content", sequence(oid("1.2.840.113549.1.7.1"), element(0xa0, octetString(new Uint8Array(3))))],
    ["no members", sequence(oid("1.2.840.113549.1.7.3"), element(0xa0, sequence(smallInteger(0))))],
  ])("is malformed: %s", async (_what, envelope) => {
    const { decryptor, certificate } = holders.RSA;
    expect(await codeOf(open(envelope, decryptor, { certificate }))).toBe("envelope-malformed");
  });
});
