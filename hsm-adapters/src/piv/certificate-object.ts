import { gunzipSync } from "node:zlib";

import { textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";
import { findTlv, tlv } from "./tlv.ts";

/** What an object of a card that holds a certificate says (SP 800-73-4 Part 1 Appendix A, table 10). */
export interface CertificateObject {
  /** DER. */
  readonly certificate: Uint8Array;
  /** The name of the key's container, which we use for the label; absent on cards that others wrote. */
  readonly label?: string;
}

const tags = { object: 0x53, certificate: 0x70, info: 0x71, container: 0x72, errorDetection: 0xfe } as const;

/** The certificate is compressed with gzip. */
const compressedBit = 0x01;

/** Larger than every certificate; what unpacks to more was made to fill the memory. */
const maximumCertificateOctets = 65_536;

/** What the container's name (MSCUID) has room for. */
const maximumContainerOctets = 38;

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
  const label = labelIn(findTlv(object, tags.container));
  return { certificate: isCompressed ? unpack(stored) : stored, ...(label === undefined ? {} : { label }) };
}

/** The value for PUT DATA; a label that is too long for the object is left out. */
export function writeCertificateObject({ certificate, label }: CertificateObject): Uint8Array {
  const name = utf8Of(label ?? "");
  const container =
    name.length === 0 || name.length > maximumContainerOctets ? [] : [tlv(tags.container, name)];
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

function labelIn(container: Uint8Array | undefined): string | undefined {
  if (container === undefined || container.length === 0) return undefined;
  try {
    const text = textOfUtf8(container);
    // Others keep a binary number there.
    return /[\p{C}]/u.test(text) ? undefined : text;
  } catch {
    // Not UTF-8: not a name.
    return undefined;
  }
}
