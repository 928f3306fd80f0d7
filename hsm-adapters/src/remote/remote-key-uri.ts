import { textOfUtf8 } from "@yinxin/crypto/bytes";

import { KeyStoreError, parseKeyUri, readKeyUri, writeKeyUri } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";

/** What a key is called here that another host keeps: that host's name, and its own name for the key. */
export function remoteKeyUri(server: string, key: KeyUri): KeyUri {
  return writeKeyUri("remote", { server, key });
}

/**
 * The server's own name for a key.
 *
 * @throws KeyStoreError `key-uri-malformed`; `key-not-found` for a key of another server or of no server.
 */
export function keyUriAtServer(server: string, uri: KeyUri): KeyUri {
  const { scheme, attributes } = readKeyUri(uri);
  const [name, key] = ["server", "key"].map((attribute) => {
    const value = attributes.get(attribute);
    return value === undefined ? undefined : textOfUtf8(value);
  });
  if (scheme !== "remote" || name !== server || key === undefined) {
    throw new KeyStoreError("key-not-found", `the key store of ${server} has no key ${uri}`);
  }
  return parseKeyUri(key);
}
