import {
  bitString,
  boolean,
  contextExplicit,
  generalizedTime,
  ia5String,
  octetString,
  oid,
  printableString,
  sequence,
  smallInteger,
  utcTime,
  utf8String,
} from "../der/index.ts";
import type { SealExtension, SealInfo, SealSignatureContent, SealSigners, SealVersion } from "./seal.ts";

/**
 * SES_SealInfo in DER, in the version that its header names (GB/T 38540-2020 §6.1; GM/T 0031-2014 §6.1 without the list's
 * type and with UTCTime). What {@link parseSeal} read without a quirk gives the same bytes back.
 */
export function encodeSealInfo(info: Omit<SealInfo, "raw">): Uint8Array {
  const { header, property, picture, extensions } = info;
  const time = header.version === 1 ? utcTime : generalizedTime;
  return sequence(
    sequence(ia5String(header.id), smallInteger(header.version), ia5String(header.vendorId)),
    ia5String(info.code),
    sequence(
      smallInteger(property.type),
      utf8String(property.name),
      ...(header.version === 1 ? [] : [smallInteger(property.signers.listType)]),
      encodeSigners(property.signers),
      time(property.createdAt),
      time(property.validFrom),
      time(property.validUntil),
    ),
    sequence(
      ia5String(picture.type),
      octetString(picture.data),
      smallInteger(picture.widthMm),
      smallInteger(picture.heightMm),
    ),
    ...(extensions === undefined ? [] : [encodeExtensions(extensions)]),
  );
}

function encodeSigners(signers: SealSigners): Uint8Array {
  if (signers.listType === 1) return sequence(...signers.certificates.map(octetString));
  return sequence(
    ...signers.digests.map(({ algorithm, value }) =>
      sequence(printableString(algorithm), octetString(value)),
    ),
  );
}

/** What the maker of a seal signs; see `Seal.signedBytes`. */
export function encodeMakerSignedBytes(
  version: SealVersion,
  seal: {
    readonly info: Uint8Array;
    readonly makerCertificate: Uint8Array;
    readonly signatureAlgorithmOid: string;
  },
): Uint8Array {
  const { info, makerCertificate, signatureAlgorithmOid } = seal;
  return version === 1 ? sequence(info, octetString(makerCertificate), oid(signatureAlgorithmOid)) : info;
}

/** SESeal. `signature` is SEQUENCE { r, s }; a time stamp is for version 5 alone. */
export function encodeSeal(seal: {
  readonly version: SealVersion;
  readonly info: Uint8Array;
  readonly makerCertificate: Uint8Array;
  readonly signatureAlgorithmOid: string;
  readonly signature: Uint8Array;
  readonly timeStamp?: Uint8Array;
}): Uint8Array {
  const { version, info, makerCertificate, signatureAlgorithmOid, signature, timeStamp } = seal;
  const signed = [octetString(makerCertificate), oid(signatureAlgorithmOid), bitString(signature)];
  if (version === 1) return sequence(info, sequence(...signed));
  return sequence(info, ...signed, ...encodeTimeStamp(timeStamp));
}

function encodeTimeStamp(timeStamp: Uint8Array | undefined): Uint8Array[] {
  return timeStamp === undefined ? [] : [contextExplicit(0, bitString(timeStamp))];
}

/** TBS_Sign (GB/T 38540-2020 §7.1). The seal goes in as the bytes it has. */
export function encodeSealSignatureContent(
  content: Omit<SealSignatureContent, "raw" | "seal" | "timeToken"> & {
    readonly seal: { readonly raw: Uint8Array };
    /** Go into the content of version 1, and of no other. */
    readonly signerCertificate: Uint8Array;
    readonly signatureAlgorithmOid: string;
  },
): Uint8Array {
  const { version, seal, time, dataHash, propertyInfo, extensions } = content;
  const head = [smallInteger(version), seal.raw];
  const what = [bitString(dataHash), ia5String(propertyInfo)];
  if (version === 1) {
    const signer = [octetString(content.signerCertificate), oid(content.signatureAlgorithmOid)];
    return sequence(...head, bitString(generalizedTime(time)), ...what, ...signer);
  }
  const extended = extensions === undefined ? [] : [contextExplicit(0, encodeExtensions(extensions))];
  return sequence(...head, generalizedTime(time), ...what, ...extended);
}

/** SES_Signature. `signature` is SEQUENCE { r, s }; version 1 has no room for a time stamp. */
export function encodeSealSignature(sealSignature: {
  readonly version: number;
  readonly toBeSigned: Uint8Array;
  readonly signerCertificate: Uint8Array;
  readonly signatureAlgorithmOid: string;
  readonly signature: Uint8Array;
  readonly timeStamp?: Uint8Array;
}): Uint8Array {
  const { version, toBeSigned, signature, timeStamp } = sealSignature;
  if (version === 1) return sequence(toBeSigned, bitString(signature));
  return sequence(
    toBeSigned,
    octetString(sealSignature.signerCertificate),
    oid(sealSignature.signatureAlgorithmOid),
    bitString(signature),
    ...encodeTimeStamp(timeStamp),
  );
}

function encodeExtensions(extensions: readonly SealExtension[]): Uint8Array {
  return sequence(
    ...extensions.map((extension) =>
      sequence(
        oid(extension.oid),
        // DEFAULT FALSE is left out in DER (X.690 §11.5).
        ...(extension.isCritical ? [boolean(true)] : []),
        octetString(extension.value),
      ),
    ),
  );
}
