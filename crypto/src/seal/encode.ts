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
  utf8String,
} from "../der/index.ts";
import type { SealExtension, SealInfo, SealSignatureContent, SealSigners } from "./seal.ts";

/** SES_SealInfo in DER (GB/T 38540-2020 §6.1). What {@link parseSeal} read without a quirk gives the same bytes back. */
export function encodeSealInfo(info: Omit<SealInfo, "raw">): Uint8Array {
  const { header, property, picture, extensions } = info;
  return sequence(
    sequence(ia5String(header.id), smallInteger(header.version), ia5String(header.vendorId)),
    ia5String(info.code),
    sequence(
      smallInteger(property.type),
      utf8String(property.name),
      smallInteger(property.signers.listType),
      encodeSigners(property.signers),
      generalizedTime(property.createdAt),
      generalizedTime(property.validFrom),
      generalizedTime(property.validUntil),
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

/** SESeal. `signature` is SEQUENCE { r, s }. */
export function encodeSeal(seal: {
  readonly info: Uint8Array;
  readonly makerCertificate: Uint8Array;
  readonly signatureAlgorithmOid: string;
  readonly signature: Uint8Array;
}): Uint8Array {
  const { info, makerCertificate, signatureAlgorithmOid, signature } = seal;
  return sequence(info, octetString(makerCertificate), oid(signatureAlgorithmOid), bitString(signature));
}

/** TBS_Sign (GB/T 38540-2020 §7.1). The seal goes in as the bytes it has. */
export function encodeSealSignatureContent(
  content: Omit<SealSignatureContent, "raw" | "seal"> & { readonly seal: { readonly raw: Uint8Array } },
): Uint8Array {
  const { extensions } = content;
  return sequence(
    smallInteger(content.version),
    content.seal.raw,
    generalizedTime(content.time),
    bitString(content.dataHash),
    ia5String(content.propertyInfo),
    ...(extensions === undefined ? [] : [contextExplicit(0, encodeExtensions(extensions))]),
  );
}

/** SES_Signature. `signature` is SEQUENCE { r, s }. */
export function encodeSealSignature(sealSignature: {
  readonly toBeSigned: Uint8Array;
  readonly signerCertificate: Uint8Array;
  readonly signatureAlgorithmOid: string;
  readonly signature: Uint8Array;
  readonly timeStamp?: Uint8Array;
}): Uint8Array {
  const { toBeSigned, signerCertificate, signatureAlgorithmOid, signature, timeStamp } = sealSignature;
  return sequence(
    toBeSigned,
    octetString(signerCertificate),
    oid(signatureAlgorithmOid),
    bitString(signature),
    ...(timeStamp === undefined ? [] : [contextExplicit(0, bitString(timeStamp))]),
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
