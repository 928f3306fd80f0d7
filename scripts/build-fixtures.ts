import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { bytesOfLatin1, latin1Of, pemOfDer } from "@yinxin/crypto/bytes";
import { issueCertificate } from "@yinxin/crypto/issuing";
import type { CertificateProfileName, NameInput } from "@yinxin/crypto/issuing";
import { openOfd, prepareOfdSeal } from "@yinxin/crypto/ofd";
import { openPdf, preparePdfSeal } from "@yinxin/crypto/pdf";
import {
  issueSeal,
  maximumSealSignatureBytes,
  parseSeal,
  prepareSeal,
  prepareSealSignature,
  signSealSignature,
} from "@yinxin/crypto/seal";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import { unzipSync, zipSync } from "fflate";

import { drawSealFace, openFaceFont } from "../services/seal/src/face/index.ts";

/**
 * Makes fixtures/pki and the sealed documents with their tampered twins.
 *
 * Every run makes new keys and throws them away, so the committed files differ from a second run's: nobody, not even we,
 * can seal anything else under that root.
 */
const fixtures = join(import.meta.dirname, "../fixtures");
const notBefore = new Date("2026-01-01T00:00:00Z");
const signedAt = new Date("2026-11-21T02:02:11Z");
const yearsFromStart = (years: number): Date => new Date(Date.UTC(2026 + years, 0, 1));

const agency = "云岭市行政审批局（测试）";
const uscc = "11330100MB0000001R";
const sealCode = "33010000000001";
/** Of a department's seal, in millimetres. */
const sealSizeMm = 42;
/** Over the agency's name and the date. */
const place = { xMm: 118, yMm: 186 };

interface Holder {
  readonly signer: Signer;
  readonly certificate: Certificate;
}

async function issue(
  profile: CertificateProfileName,
  subject: NameInput,
  notAfter: Date,
  issuer?: Holder,
): Promise<Holder> {
  const signer = createSoftwareSigner(generateKey("SM2").pkcs8);
  const serialNumber = randomBytes(16);
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x3f) | 0x40;
  const der = await issueCertificate({
    profile,
    subject,
    publicKey: signer.publicKey,
    issuer: issuer ?? { signer },
    serialNumber,
    notBefore,
    notAfter,
  });
  return { signer, certificate: parseCertificate(der) };
}

function nameOf(organization: string, commonName: string): NameInput {
  return [
    { type: "C", value: "CN" },
    { type: "O", value: organization },
    { type: "CN", value: commonName },
  ];
}

async function makeSeal(maker: Holder, owner: Holder, picture: Uint8Array): Promise<Uint8Array> {
  const prepared = prepareSeal({
    code: sealCode,
    name: agency,
    type: 1,
    signerCertificates: [owner.certificate.raw],
    createdAt: notBefore,
    validFrom: notBefore,
    validUntil: yearsFromStart(40),
    picture: { type: "png", data: picture, widthMm: sealSizeMm, heightMm: sealSizeMm },
    vendorId: "Yinxin",
    makerCertificate: maker.certificate.raw,
  });
  return issueSeal({ maker: maker.signer }, prepared);
}

async function sealOfd(document: Uint8Array, sealBytes: Uint8Array, owner: Holder): Promise<Uint8Array> {
  const prepared = prepareOfdSeal(openOfd(document), {
    pages: [
      { pageIndex: 0, boundary: { x: place.xMm, y: place.yMm, width: sealSizeMm, height: sealSizeMm } },
    ],
    sealBytes,
    signatureMethodOid: "1.2.156.10197.1.501",
    signedAt,
    provider: { name: "Yinxin", version: "0.1.0", company: "Yinxin" },
  });
  const content = prepareSealSignature({
    seal: parseSeal(sealBytes),
    signerCertificate: owner.certificate.raw,
    dataHash: prepared.dataHash,
    propertyInfo: prepared.propertyInfo,
    signedAt,
  });
  return prepared.complete(await signSealSignature(owner, content));
}

async function sealPdf(
  document: Uint8Array,
  sealBytes: Uint8Array,
  picture: Uint8Array,
  owner: Holder,
): Promise<Uint8Array> {
  const contentFor = (dataHash: Uint8Array) =>
    prepareSealSignature({
      seal: parseSeal(sealBytes),
      signerCertificate: owner.certificate.raw,
      dataHash,
      propertyInfo: "",
      signedAt,
    });
  const prepared = preparePdfSeal(openPdf(document), {
    pageIndex: 0,
    ...place,
    widthMm: sealSizeMm,
    heightMm: sealSizeMm,
    picture,
    signedAt,
    contentsBytes: maximumSealSignatureBytes(contentFor(new Uint8Array(32))),
    sealName: agency,
  });
  return prepared.complete(await signSealSignature(owner, contentFor(prepared.dataHash)));
}

/** The page's text changed in the way a forger would, with a package that is otherwise in order. */
function tamperOfd(sealed: Uint8Array): Uint8Array {
  const entries = unzipSync(sealed);
  const page = Object.keys(entries).find((path) => path.endsWith("Content.xml"));
  const content = page === undefined ? undefined : entries[page];
  if (page === undefined || content === undefined) throw new Error("the fixture has no page");
  const text = new TextDecoder().decode(content);
  const changed = text.replace("同意", "不许");
  if (changed === text) throw new Error("the fixture's page does not say 同意");
  entries[page] = new TextEncoder().encode(changed);
  return zipSync(entries, { mtime: signedAt });
}

/** One byte of the page's size. */
function tamperPdf(sealed: Uint8Array): Uint8Array {
  const text = latin1Of(sealed);
  const changed = text.replace(/(\/MediaBox\s*\[\s*0\s+0\s+\d+)(\d)/, (_, before: string, digit: string) => {
    return `${before}${digit === "9" ? "8" : String(Number(digit) + 1)}`;
  });
  if (changed === text) throw new Error("the fixture has no MediaBox");
  return bytesOfLatin1(changed);
}

function write(path: string, content: Uint8Array | string): void {
  mkdirSync(join(fixtures, path, ".."), { recursive: true });
  writeFileSync(join(fixtures, path), content);
}

const root = await issue(
  "root-ca",
  nameOf("Yinxin Test Fixtures", "Yinxin Fixture Root (test only)"),
  yearsFromStart(60),
);
const issuing = await issue(
  "issuing-ca",
  nameOf("Yinxin Test Fixtures", "Yinxin Fixture Seal CA (test only)"),
  yearsFromStart(50),
  root,
);
const maker = await issue(
  "seal-maker",
  nameOf("Yinxin Test Fixtures", "印章制作系统（测试）"),
  yearsFromStart(45),
  issuing,
);
const owner = await issue("seal-owner", nameOf(`${uscc}${agency}`, sealCode), yearsFromStart(45), issuing);

const font = openFaceFont(readFileSync(join(fixtures, "fonts/yinxin-test-song.otf")));
const picture = drawSealFace(font, { name: agency, code: sealCode }, sealSizeMm);
const seal = await makeSeal(maker, owner, picture);
const sealedOfd = await sealOfd(readFileSync(join(fixtures, "documents/reply.ofd")), seal, owner);
const sealedPdf = await sealPdf(readFileSync(join(fixtures, "documents/reply.pdf")), seal, picture, owner);

const pem = (holder: Holder): string => pemOfDer(holder.certificate.raw, "CERTIFICATE");
// A seal has no room for the authority between, so whoever names the root names it too.
write("pki/root.pem", pem(root) + pem(issuing));
write("pki/maker.pem", pem(maker));
write("pki/owner.pem", pem(owner));
write("seals/approval.esl", seal);
write("seals/approval.png", picture);
write("documents/reply-sealed.ofd", sealedOfd);
write("documents/reply-tampered.ofd", tamperOfd(sealedOfd));
write("documents/reply-sealed.pdf", sealedPdf);
write("documents/reply-tampered.pdf", tamperPdf(sealedPdf));
process.stdout.write("fixtures/pki, fixtures/seals and the sealed documents are new\n");
