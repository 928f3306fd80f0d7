import { pemOfDer, utf8Of } from "../../src/bytes/index.ts";
import { parseDer } from "../../src/der/index.ts";
import { envelop, writeSm2EnvelopedKey } from "../../src/enveloped/index.ts";
import { createCertificateRequest } from "../../src/issuing/index.ts";
import { encryptPrivateKey, parsePrivateKey, publicKeyOf } from "../../src/pkcs8/index.ts";
import { writePkcs12 } from "../../src/pkcs12/index.ts";
import { sealVersions } from "../../src/seal/index.ts";
import { sm2Encrypt } from "../../src/sm2/index.ts";
import { writeTimeStampRequest, writeTimeStampResponse } from "../../src/timestamp/index.ts";
import type { Certificate } from "../../src/x509/index.ts";
import { signAtLevel, signBaseline } from "../cades-scene.ts";
import { forgeSeal, forgeSealSignature } from "../forge-seal.ts";
import { sceneList, sceneRequest, sceneResponse, sceneTime } from "../revocation-scene.ts";
import type { RevocationScene } from "../revocation-scene.ts";
import type { SigningParties } from "../signing-parties.ts";
import { stampWith } from "../stamp-with.ts";
import { fixedParty, fixedPkcs8, fixedRandom, fixedSigner, fixedSm2Key } from "./fixed-keys.ts";

/** Good inputs by the name of the parser. */
export type SeedsByParser = Readonly<Record<string, readonly Uint8Array[]>>;

/** The password of everything that has one. */
export const seedPassword = "印信";

/** Whom the envelopes are for: a subject key identifier. */
export const seedRecipient = utf8Of("recipient");

/** What the code of this project issues: certificates, lists, answers, signatures, stamps, and keys at rest. */
export async function issuedSeeds(): Promise<SeedsByParser> {
  const root = await fixedParty("root-ca", "fuzz root");
  const authority = await fixedParty("issuing-ca", "fuzz authority", root);
  const parties: SigningParties = {
    root,
    authority,
    signer: await fixedParty("signer", "fuzz signer", authority),
    second: await fixedParty("signer", "fuzz second", authority),
    tsa: await fixedParty("tsa", "fuzz stamper", authority),
  };
  const scene: RevocationScene = {
    root,
    authority,
    responder: await fixedParty("ocsp-responder", "fuzz responder", authority),
    good: parties.signer,
    revoked: parties.second,
  };
  const certificates = [root, authority, scene.responder, parties.tsa].map(({ certificate }) => certificate);
  return {
    certificate: certificates.map(({ raw }) => raw),
    name: certificates.map(({ subject }) => subject.raw),
    "public-key": [...certificates.map(({ publicKey }) => publicKey), sm2PublicKey()],
    "trust-list": [utf8Of(certificates.map(({ raw }) => pemOfDer(raw, "CERTIFICATE")).join("\n"))],
    ...(await revocationSeeds(scene)),
    ...(await signatureSeeds(parties)),
    ...(await sealSeeds(parties)),
    ...keySeeds(parties.signer.certificate),
  };
}

/** Of every edition. */
async function sealSeeds({ signer, second }: SigningParties): Promise<SeedsByParser> {
  const signers = { listType: 1, certificates: [signer.certificate.raw] } as const;
  const seals = await Promise.all(sealVersions.map((version) => forgeSeal(second, { version, signers })));
  const wishes = { dataHash: new Uint8Array(32).fill(7), propertyInfo: "/Doc_0/Signs/Sign_0/Signature.xml" };
  return {
    seal: seals,
    "seal-signature": await Promise.all(
      seals.map((seal, index) => {
        const version = sealVersions[index] ?? 4;
        return forgeSealSignature(signer, { seal, version, ...wishes, signedAt: sceneTime });
      }),
    ),
  };
}

async function revocationSeeds(scene: RevocationScene): Promise<SeedsByParser> {
  const requests = [sceneRequest(scene, scene.good), sceneRequest(scene, scene.revoked)];
  return {
    "certificate-list": [
      await sceneList(scene),
      await sceneList(scene, { revoked: [], number: 11n }),
      await sceneList(scene, { baseNumber: 9n }),
    ],
    "ocsp-request": requests,
    "ocsp-response": await Promise.all(requests.map((request) => sceneResponse(scene, request))),
  };
}

async function signatureSeeds(parties: SigningParties): Promise<SeedsByParser> {
  const signatures = [
    await signBaseline(parties.signer, "detached"),
    await signAtLevel(parties, "B-T", { algorithm: "SHA-256" }),
    await signAtLevel(parties, "B-LTA", { algorithm: "SHA-256" }),
  ];
  const digest = new Uint8Array(32).fill(7);
  const token = await stampWith(parties.tsa, new Date("2026-11-22T08:00:00Z"))({ algorithm: "SM3", digest });
  return {
    "signed-data-strict": signatures,
    "signed-data-lenient": signatures,
    signature: signatures,
    "timestamp-request": [
      writeTimeStampRequest({ algorithm: "SM3", digest, wantsCertificates: true, nonce: 5n }),
    ],
    "timestamp-response": [
      writeTimeStampResponse({ token }),
      writeTimeStampResponse({ failure: "badAlg", text: "no" }),
    ],
    "timestamp-token": [token],
    "certificate-request": [
      await createCertificateRequest({
        subject: [{ type: "CN", value: "请求" }],
        signer: fixedSigner("csr"),
      }),
    ],
  };
}

function sm2PublicKey(): Uint8Array {
  const half = publicKeyOf(parsePrivateKey(fixedSm2Key()));
  if (half.result !== "known") throw new Error("the fixed key has no public half");
  return half.publicKey;
}

function keySeeds(certificate: Certificate): SeedsByParser {
  const random = fixedRandom();
  const pkcs8 = fixedPkcs8("fuzz signer");
  const recipient = { publicKey: sm2PublicKey(), subjectKeyIdentifier: seedRecipient };
  const [, algorithm] = parseDer(recipient.publicKey).children;
  const content = utf8Of("密");
  const keyDerivation = { name: "PBKDF2", prf: "SHA-256", iterations: 1000 } as const;
  const file = (protection: "modern" | "old"): Uint8Array =>
    writePkcs12([{ privateKey: pkcs8, chain: [certificate.raw], friendlyName: "印" }], seedPassword, {
      random,
      protection,
      iterations: 1000,
    });
  return {
    "private-key": [pkcs8, fixedSm2Key(), ...(algorithm === undefined ? [] : [algorithm.raw])],
    "encrypted-private-key": [
      encryptPrivateKey(pkcs8, seedPassword, { random, cipher: "SM4-CBC", keyDerivation }),
    ],
    pkcs12: [file("modern"), file("old")],
    envelope: [
      envelop({ content, recipients: [recipient], random }),
      envelop({ content, recipients: [recipient], random, cipher: "SM4-CBC" }),
    ],
    "sm2-enveloped-key": [writeSm2EnvelopedKey(fixedSm2Key(), recipient.publicKey, random)],
    "sm2-cipher": [sm2Encrypt(recipient.publicKey, content, random)],
  };
}
