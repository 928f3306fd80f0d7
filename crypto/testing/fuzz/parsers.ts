import { parsePublicKey } from "../../src/algorithms/index.ts";
import { verifySignedData } from "../../src/cades/index.ts";
import { CmsError, parseSignedData } from "../../src/cms/index.ts";
import { DerError, parseDer } from "../../src/der/index.ts";
import {
  createSoftwareDecryptor,
  EnvelopeError,
  openEnvelope,
  openSm2EnvelopedKey,
} from "../../src/enveloped/index.ts";
import { IssuingError, parseCertificateRequest } from "../../src/issuing/index.ts";
import { openOfd, OfdError } from "../../src/ofd/index.ts";
import { openPdf, PdfError } from "../../src/pdf/index.ts";
import { decryptPrivateKey, parsePrivateKey, Pkcs8Error } from "../../src/pkcs8/index.ts";
import { Pkcs12Error, readPkcs12 } from "../../src/pkcs12/index.ts";
import {
  CertificateListError,
  OcspError,
  parseCertificateList,
  parseOcspRequest,
  parseOcspResponse,
} from "../../src/revocation/index.ts";
import { parseSeal, parseSealSignature, SealError } from "../../src/seal/index.ts";
import {
  parseSignatureValue,
  SignatureEncodingError,
  Sm2CipherError,
  sm2Decrypt,
} from "../../src/sm2/index.ts";
import {
  parseTimeStampRequest,
  parseTimeStampResponse,
  parseTimeStampToken,
  TimeStampError,
} from "../../src/timestamp/index.ts";
import { verifyDocument } from "../../src/verification/index.ts";
import { parseCertificate, parseName, parseTrustList, X509Error } from "../../src/x509/index.ts";
import { fixedRandom, fixedSm2Key } from "./fixed-keys.ts";
import type { FuzzedParser } from "./fuzzed-parser.ts";
import { seedPassword, seedRecipient } from "./issued-seeds.ts";
import { ledgerParsers } from "./ledger-parsers.ts";
import { ofText } from "./of-text.ts";

const at = new Date("2026-11-22T09:00:00Z");
const sm2Decryptor = createSoftwareDecryptor(fixedSm2Key());
/** What a password may cost here: a file that asks for more is refused, and the next one tried. */
const maximumWork = 20_000;

function openForUs(envelope: Uint8Array): Promise<unknown> {
  const recipient = { subjectKeyIdentifier: seedRecipient };
  return openEnvelope({ envelope, decryptor: sm2Decryptor, recipient, random: fixedRandom() });
}

function openKeyForUs(bytes: Uint8Array): Promise<unknown> {
  if (sm2Decryptor.kind !== "sm2") throw new Error("the fixed key is of SM2");
  return openSm2EnvelopedKey(bytes, sm2Decryptor, fixedRandom());
}

/** What is read is verified; nobody is trusted, so that every signer's own certificate has to be looked at. */
function verifySignature(bytes: Uint8Array): unknown {
  const signedData = parseSignedData(bytes, { profile: "lenient" });
  const policy = { revocation: "if-present", algorithms: "default" } as const;
  const evidence = { crls: [], ocspResponses: [] };
  return verifySignedData({ signedData, anchors: [], intermediates: [], evidence, at, policy });
}

const certificateParsers: readonly FuzzedParser[] = [
  { name: "der-strict", parse: (bytes) => parseDer(bytes), refusals: [DerError] },
  { name: "der-lenient", parse: (bytes) => parseDer(bytes, { profile: "lenient" }), refusals: [DerError] },
  { name: "public-key", parse: parsePublicKey, refusals: [DerError] },
  { name: "name", parse: (bytes) => parseName(parseDer(bytes)), refusals: [DerError] },
  { name: "certificate", parse: parseCertificate, refusals: [X509Error] },
  { name: "trust-list", parse: ofText(parseTrustList), refusals: [X509Error] },
  { name: "certificate-request", parse: parseCertificateRequest, refusals: [IssuingError] },
  { name: "certificate-list", parse: parseCertificateList, refusals: [CertificateListError] },
  { name: "ocsp-request", parse: (bytes) => parseOcspRequest(bytes), refusals: [OcspError] },
  { name: "ocsp-response", parse: (bytes) => parseOcspResponse(bytes), refusals: [OcspError] },
];

const signatureParsers: readonly FuzzedParser[] = [
  { name: "signature-value", parse: parseSignatureValue, refusals: [SignatureEncodingError] },
  { name: "signed-data-strict", parse: (bytes) => parseSignedData(bytes), refusals: [CmsError] },
  {
    name: "signed-data-lenient",
    parse: (bytes) => parseSignedData(bytes, { profile: "lenient" }),
    refusals: [CmsError],
  },
  { name: "signature", parse: verifySignature, refusals: [CmsError] },
  { name: "timestamp-request", parse: parseTimeStampRequest, refusals: [TimeStampError] },
  { name: "timestamp-response", parse: (bytes) => parseTimeStampResponse(bytes), refusals: [TimeStampError] },
  { name: "timestamp-token", parse: (bytes) => parseTimeStampToken(bytes), refusals: [TimeStampError] },
];

const keyParsers: readonly FuzzedParser[] = [
  { name: "private-key", parse: parsePrivateKey, refusals: [Pkcs8Error] },
  {
    name: "encrypted-private-key",
    parse: (bytes) => decryptPrivateKey(bytes, seedPassword, { maximumWork }),
    refusals: [Pkcs8Error],
  },
  {
    name: "pkcs12",
    parse: (bytes) => readPkcs12(bytes, seedPassword, { allowMissingMac: true, maximumWork }),
    refusals: [Pkcs12Error],
  },
  { name: "envelope", parse: openForUs, refusals: [EnvelopeError] },
  { name: "sm2-enveloped-key", parse: openKeyForUs, refusals: [EnvelopeError] },
  { name: "sm2-cipher", parse: (bytes) => sm2Decrypt(fixedSm2Key(), bytes), refusals: [Sm2CipherError] },
];

const documentParsers: readonly FuzzedParser[] = [
  { name: "seal", parse: (bytes) => parseSeal(bytes), refusals: [SealError] },
  { name: "seal-signature", parse: (bytes) => parseSealSignature(bytes), refusals: [SealError] },
  { name: "ofd", parse: openOfd, refusals: [OfdError] },
  { name: "pdf", parse: openPdf, refusals: [PdfError] },
  // A verifier never throws for a bad document, whatever it is.
  {
    name: "document",
    parse: (bytes) => verifyDocument({ name: "x", bytes }, { trust: [], at }),
    refusals: [],
  },
];

export const fuzzedParsers: readonly FuzzedParser[] = [
  ...certificateParsers,
  ...signatureParsers,
  ...keyParsers,
  ...documentParsers,
  ...ledgerParsers,
];

/** What is wrong with how the parser took the input; undefined if it read it, or refused it as it may. */
export async function complaintAbout(parser: FuzzedParser, input: Uint8Array): Promise<string | undefined> {
  try {
    await parser.parse(input);
    return undefined;
  } catch (cause) {
    if (parser.refusals.some((refusal) => cause instanceof refusal)) return undefined;
    return `refused with ${cause instanceof Error ? `${cause.name}: ${cause.message}` : "no error"}`;
  }
}
