import { gunzipSync } from "node:zlib";

import { equalBytes, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";
import { findTlv, tlv } from "./tlv.ts";

/** What an object of a card that holds a certificate says (SP 800-73-4 Part 1 Appendix A, table 10). */
export interface CertificateObject {
  /** DER. */
  readonly certificate: Uint8Array;
  /** This driver made the key, and says so in the object. */
  readonly isOurs: boolean;
  /** Of a key that this driver made; absent if it is too long for the object. */
  readonly label?: string;
}

const tags = { object: 0x53, certificate: 0x70, info: 0x71, container: 0x72, errorDetection: 0xfe } as const;

/** The certificate is compressed with gzip. */
const compressedBit = 0x01;

/** Larger than every certificate; what unpacks to more was made to fill the memory. */
const maximumCertificateOctets = 65_536;

/** What the name of the key's container (MSCUID) has room for, and how ours begins; others keep a number there. */
const maximumContainerOctets = 38;
const ourMark = utf8Of("yinxin:");

/**
 * Reads the answer of GET DATA.
 *
 * @returns undefined for an object that is there and empty: so cards delete.
 * @throws KeyStoreError `device-error` for what is no such object.
 */
export function readCertificateObject(answer: Uint8Array): CertificateObject | undefined {
  const object = findTlv(answer, tags.object);
  if (object === undefined || object.length === 0) return undefined;
  const stored = findTlv(object, tags.certificate);
  if (stored === undefined || stored.length === 0) return undefined;
  const isCompressed = ((findTlv(object, tags.info)?.[0] ?? 0) & compressedBit) !== 0;
  return {
    certificate: isCompressed ? unpack(stored) : stored,
    ...containerName(findTlv(object, tags.container)),
  };
}

/** The value for PUT DATA; a label that is too long for the object is left out. */
export function writeCertificateObject({ certificate, isOurs, label }: CertificateObject): Uint8Array {
  const name = utf8Of(label ?? "");
  const room = maximumContainerOctets - ourMark.length;
  const container = isOurs
    ? [tlv(tags.container, ourMark, name.length > room ? new Uint8Array() : name)]
    : [];
  return tlv(
    tags.object,
    tlv(tags.certificate, certificate),
    tlv(tags.info, Uint8Array.of(0)),
    ...container,
    tlv(tags.errorDetection),
  );
}

function unpack(stored: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(gunzipSync(stored, { maxOutputLength: maximumCertificateOctets }));
  } catch (cause) {
    throw new KeyStoreError("device-error", "a certificate on the card cannot be unpacked", { cause });
  }
}

function containerName(container: Uint8Array | undefined): Pick<CertificateObject, "isOurs" | "label"> {
  const mark = container?.subarray(0, ourMark.length);
  if (container === undefined || mark === undefined || !equalBytes(mark, ourMark)) return { isOurs: false };
  const label = readableText(container.subarray(ourMark.length));
  return label === "" ? { isOurs: true } : { isOurs: true, label };
}

/** Empty for what is no text: another program wrote into it. */
function readableText(octets: Uint8Array): string {
  try {
    return textOfUtf8(octets);
  } catch (cause) {
    if (cause instanceof TypeError) return "";
    throw cause;
  }
}
