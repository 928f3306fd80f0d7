import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import type { KeyStore } from "@yinxin/hsm-adapters/key-store";
import { openKeyStore } from "@yinxin/hsm-adapters/opening";

import { keyStoreConfigFile } from "./devices.ts";

/** The key store of one of the demo's programs, by its name; a device in it is closed again with the store. */
export function openStore(data: string, name: string): Promise<KeyStore> {
  const folder = join(data, name, "keys");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configFile = keyStoreConfigFile(data, name);
  return openKeyStore({
    folder,
    passphraseFile: join(data, "passphrase"),
    configFile: existsSync(configFile) ? configFile : undefined,
    randomBytes,
  });
}
