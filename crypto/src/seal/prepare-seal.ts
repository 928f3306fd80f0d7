import { signatureAlgorithms } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import type { Signer } from "../signer/index.ts";
import { parseSignatureValue, SignatureEncodingError, sm2Verify } from "../sm2/index.ts";
import { parseCertificate, X509Error } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { encodeMakerSignedBytes, encodeSeal, encodeSealInfo } from "./encode.ts";
import { SealError } from "./error.ts";
import { parseSeal } from "./parse-seal.ts";
import type { SealPicture, SealVersion } from "./seal.ts";

/** What a seal is to say; times are kept to the second. */
export interface SealRequest {
  /** The edition to write; 4 (GB/T 38540-2020) unless said otherwise. */
  readonly version?: SealVersion;
  /** esID, at most 64 printable ASCII characters; nationally 14 digits. */
  readonly code: string;
  readonly name: string;
  /** The seal's kind, e.g. 1 statutory name, 2 finance, 4 contract, 6 business. */
  readonly type: number;
  /** Those who may use the seal, DER; their keys must be SM2 and may sign. */
  readonly signerCertificates: readonly Uint8Array[];
  readonly createdAt: Date;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** The face: a PNG, and its size on paper. */
  readonly picture: SealPicture;
  /** Who runs the seal system (Vid), printable ASCII. */
  readonly vendorId: string;
  /** The maker's certificate, DER. */
  readonly makerCertificate: Uint8Array;
}

/** More people than that do not share one seal; each costs half a kilobyte in every document. */
const maximumSigners = 32;
/** A 42 mm face at 600 dpi has some 20 kB; this is in every signature of every document. */
const maximumPictureBytes = 512 * 1024;
/** The largest seal in use is 45 mm wide; beyond this somebody confused the unit. */
const maximumPictureMm = 200;
const maximumNameLength = 200;

class Prepared {
  readonly #version: SealVersion;
  readonly #info: Uint8Array;
  readonly #toBeSigned: Uint8Array;
  readonly #makerCertificate: Certificate;

  constructor(version: SealVersion, info: Uint8Array, makerCertificate: Certificate) {
    this.#version = version;
    this.#info = info;
    this.#makerCertificate = makerCertificate;
    this.#toBeSigned = encodeMakerSignedBytes(version, {
      info,
      makerCertificate: makerCertificate.raw,
      signatureAlgorithmOid: signatureAlgorithms.SM2.oid,
    });
  }

  get version(): SealVersion {
    return this.#version;
  }

  /** SES_SealInfo, DER. */
  get info(): Uint8Array {
    return this.#info;
  }

  /** What the maker signs, DER. */
  get toBeSigned(): Uint8Array {
    return this.#toBeSigned;
  }

  get makerCertificate(): Certificate {
    return this.#makerCertificate;
  }
}

/** A seal that is checked and encoded but not signed. Only {@link prepareSeal} makes one. */
export type PreparedSeal = Prepared;

/**
 * Checks a request and encodes what the maker will sign (SES_SealInfo, GB/T 38540-2020 §6.1; GM/T 0031-2014 §6.1 and
 * GM/T 0031-2025 §6.1 when asked for).
 *
 * @throws SealError `seal-request-invalid`; `key-mismatch` if a certificate's key is not SM2.
 */
export function prepareSeal(request: SealRequest): PreparedSeal {
  checkTexts(request);
  checkTimes(request);
  checkPicture(request.picture);
  const maker = certificateFor(request.makerCertificate, request.createdAt, "maker");
  checkSigners(request);
  const version = request.version ?? 4;
  const info = encodeSealInfo({
    header: { id: "ES", version, vendorId: request.vendorId },
    code: request.code,
    property: {
      type: request.type,
      name: request.name,
      signers: { listType: 1, certificates: request.signerCertificates },
      createdAt: request.createdAt,
      validFrom: request.validFrom,
      validUntil: request.validUntil,
    },
    picture: request.picture,
  });
  return new Prepared(version, info, maker);
}

/** Gives the time stamp token (RFC 3161, DER) over these bytes, judged by whoever made the call possible. */
export type TimeStamper = (message: Uint8Array) => Promise<Uint8Array>;

/**
 * Lets the maker sign a prepared seal, and an authority stamp the value where one is given: GM/T 0031-2025 §6.2 wants
 * both in this order. The result is verified and read back before it is returned.
 *
 * @throws SealError `key-mismatch` if the key is not the one in the maker's certificate; `signature-wrong` if the key
 *   answered with something else than a signature of the seal; `seal-version-unsupported` if the version has no room
 *   for a time stamp. Whatever the signer or the stamper rejects with passes through.
 */
export async function issueSeal(
  deps: { readonly maker: Signer; readonly timeStamper?: TimeStamper },
  prepared: PreparedSeal,
): Promise<Uint8Array> {
  const { version, info, makerCertificate, toBeSigned } = prepared;
  if (deps.timeStamper !== undefined && version !== 5) {
    throw new SealError("seal-version-unsupported", `a seal of version ${String(version)} has no time stamp`);
  }
  if (!equalBytes(deps.maker.publicKey, makerCertificate.publicKey)) {
    throw new SealError("key-mismatch", "the maker's key is not the one in the maker's certificate");
  }
  const value = await deps.maker.sign({ message: toBeSigned });
  const signature = checkedSignature(makerCertificate.publicKey, toBeSigned, value);
  const timeStamp = await deps.timeStamper?.(signature);
  const der = encodeSeal({
    version,
    info,
    makerCertificate: makerCertificate.raw,
    signatureAlgorithmOid: signatureAlgorithms.SM2.oid,
    signature,
    ...(timeStamp !== undefined && { timeStamp }),
  });
  return parseSeal(der, { profile: "strict" }).raw;
}

/**
 * The value as SEQUENCE { r, s }, if it verifies.
 *
 * @throws SealError `signature-wrong`
 */
export function checkedSignature(publicKey: Uint8Array, message: Uint8Array, value: Uint8Array): Uint8Array {
  const signature = derOf(value);
  if (sm2Verify(publicKey, message, signature)) return signature;
  throw new SealError("signature-wrong", "the signature value does not verify with the certificate's key");
}

function derOf(value: Uint8Array): Uint8Array {
  try {
    return parseSignatureValue(value).der;
  } catch (cause) {
    if (!(cause instanceof SignatureEncodingError)) throw cause;
    throw new SealError("signature-wrong", `the signature value is not one: ${cause.message}`, { cause });
  }
}

/**
 * A certificate whose key may make a seal or a seal signature at that time.
 *
 * @throws SealError `seal-request-invalid` or `key-mismatch`
 */
export function certificateFor(der: Uint8Array, at: Date, role: "maker" | "signer"): Certificate {
  const certificate = readCertificate(der, role);
  if (certificate.keyAlgorithm !== "SM2") {
    throw new SealError(
      "key-mismatch",
      `the ${role}'s certificate has no SM2 key, which GB/T 38540 asks for`,
    );
  }
  const { keyUsage, notBefore, notAfter } = certificate;
  // Field certificates lack nonRepudiation or carry encipherment bits too, so one signing bit is enough.
  if (keyUsage !== undefined && !keyUsage.has("digitalSignature") && !keyUsage.has("nonRepudiation")) {
    throw invalid(`the ${role}'s certificate is not for signatures`);
  }
  if (at < notBefore || at > notAfter)
    throw invalid(`the ${role}'s certificate is not valid at ${at.toISOString()}`);
  return certificate;
}

function readCertificate(der: Uint8Array, role: string): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    throw new SealError(
      "seal-request-invalid",
      `the ${role}'s certificate cannot be read: ${cause.message}`,
      { cause },
    );
  }
}

function checkTexts({ code, name, vendorId, type }: SealRequest): void {
  if (!/^[\x21-\x7e]{1,64}$/.test(code)) throw invalid("a seal code has 1 to 64 printable ASCII characters");
  if (!/^[\x20-\x7e]{1,64}$/.test(vendorId))
    throw invalid("a vendor id has 1 to 64 printable ASCII characters");
  // A control character in a name could turn or hide what a page or a terminal shows around it.
  if (name.trim() === "" || name.length > maximumNameLength || /\p{C}/u.test(name)) {
    throw invalid(
      `a seal name has 1 to ${String(maximumNameLength)} characters, none of them a control character`,
    );
  }
  if (!Number.isInteger(type) || type < 0 || type > 99) throw invalid("a seal type is a number from 0 to 99");
}

function checkTimes({ version, createdAt, validFrom, validUntil }: SealRequest): void {
  if ([createdAt, validFrom, validUntil].some((time) => !isWritable(time))) {
    throw invalid("a time of the seal is not a time between the years 1950 and 9999");
  }
  if (version === 1 && [createdAt, validFrom, validUntil].some((time) => time.getUTCFullYear() > 2049)) {
    throw invalid("a seal of version 1 cannot say a time after 2049");
  }
  if (validFrom >= validUntil) throw invalid("the seal's validity ends before it begins");
  if (createdAt >= validUntil) throw invalid("the seal's validity ends before the seal is made");
}

/** GeneralizedTime has four digits for the year; UTCTime ends with 2049. */
export function isWritable(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= 1950 && year <= 9999;
}

const pngMagic = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

function checkPicture({ type, data, widthMm, heightMm }: SealPicture): void {
  if (type.toUpperCase() !== "PNG" || !equalBytes(data.subarray(0, pngMagic.length), pngMagic)) {
    throw invalid("the seal's face is not a PNG picture");
  }
  if (data.length > maximumPictureBytes) {
    throw invalid(`the seal's face has more than ${String(maximumPictureBytes)} bytes`);
  }
  if ([widthMm, heightMm].some((mm) => !Number.isInteger(mm) || mm < 1 || mm > maximumPictureMm)) {
    throw invalid(`width and height are whole millimetres from 1 to ${String(maximumPictureMm)}`);
  }
}

function checkSigners({ signerCertificates, createdAt }: SealRequest): void {
  if (signerCertificates.length === 0) throw invalid("a seal needs at least one signer's certificate");
  if (signerCertificates.length > maximumSigners) {
    throw invalid(`a seal has at most ${String(maximumSigners)} signers`);
  }
  for (const [index, certificate] of signerCertificates.entries()) {
    certificateFor(certificate, createdAt, "signer");
    if (signerCertificates.slice(0, index).some((earlier) => equalBytes(earlier, certificate))) {
      throw invalid("the same signer's certificate is given twice");
    }
  }
}

function invalid(message: string): SealError {
  return new SealError("seal-request-invalid", message);
}
