import { utf8Of, textOfUtf8 } from "@yinxin/crypto/bytes";

import { readKeyUri, writeKeyUri } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";

/** One key pair of a device: an index holds an SM2 pair for signing, one for encryption and an RSA pair (GM/T 0018-2012 §5.3). */
export interface SdfKeyPlace {
  readonly index: number;
  readonly kind: "sm2" | "rsa";
  readonly use: "sign" | "encrypt";
}

/** `sdf:serial=…;index=3`; `;kind=rsa` and `;use=encrypt` for the other pairs of the index. */
export function uriOfPlace(serial: string, { index, kind, use }: SdfKeyPlace): KeyUri {
  return writeKeyUri("sdf", {
    serial: utf8Of(serial),
    index: String(index),
    ...(kind === "rsa" ? { kind } : {}),
    ...(use === "encrypt" ? { use } : {}),
  });
}

/** Undefined for a key of another device or family. @throws KeyStoreError `key-uri-malformed`. */
export function placeOfUri(serial: string, uri: KeyUri): SdfKeyPlace | undefined {
  const { scheme, attributes } = readKeyUri(uri);
  const text = (name: string): string | undefined => {
    const octets = attributes.get(name);
    return octets === undefined ? undefined : textOfUtf8(octets);
  };
  const index = text("index") ?? "";
  if (scheme !== "sdf" || text("serial") !== serial || !/^[1-9]\d{0,4}$/.test(index)) return undefined;
  const place: SdfKeyPlace = {
    index: Number(index),
    kind: text("kind") === "rsa" ? "rsa" : "sm2",
    use: text("use") === "encrypt" ? "encrypt" : "sign",
  };
  // Any other word for kind or use names nothing.
  return uriOfPlace(serial, place) === uri ? place : undefined;
}
