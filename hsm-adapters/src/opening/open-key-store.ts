import { textOfUtf8 } from "@yinxin/crypto/bytes";

import { openKeyDirectory } from "../key-directory/index.ts";
import type { DirectoryStore } from "../key-directory/index.ts";
import { openEncryptedFileKeyStore } from "../encrypted-file/index.ts";
import { parseStoreUri } from "../key-store/index.ts";
import type { KeyStore } from "../key-store/index.ts";
import { readOwnFile, readSecretFile } from "../private-files/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";
import { openStore } from "./open-store.ts";
import { openVerifier } from "./open-verifier.ts";
import { folderStoreName, readKeyStoreConfig } from "./read-key-store-config.ts";
import type { KeyStoreConfig } from "./read-key-store-config.ts";
import type { OpeningDeps, OpeningEvent } from "./store-settings.ts";

/** What a service's environment says of its keys. */
export interface KeyStoreOptions {
  /** Of the service's encrypted files. */
  readonly folder: string;
  readonly passphraseFile: string;
  /** Absent: every key is in the folder. */
  readonly configFile?: string | undefined;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log?: (event: OpeningEvent) => void;
}

/**
 * Opens the keys of a service: those in its folder, and if a configuration file is given those in the devices that it names, all
 * under the labels that the service has for them.
 *
 * @throws KeyStoreError `configuration-malformed`, naming the field; `key-file-permissions` if others may write to the configuration,
 *   which names code, or everybody may read the passphrase; what the stores say.
 */
export async function openKeyStore(options: KeyStoreOptions): Promise<KeyStore> {
  const config =
    options.configFile === undefined
      ? undefined
      : readKeyStoreConfig(textOfUtf8(await readOwnFile(options.configFile)));
  const verifier = openVerifier(config?.verifierProgram, config?.verifierWorkers);
  const opened: KeyStore[] = [];
  try {
    opened.push(await openFolder(options, verifier));
    for (const { uri, settings, name } of config?.stores ?? []) {
      opened.push(await openStore(uri, settings, depsOf(options, verifier, config), name));
    }
    return closingAlso(await assemble(options, opened, config), verifier);
  } catch (cause) {
    await Promise.all(opened.map((store) => store.close()));
    await verifier.close();
    throw cause;
  }
}

async function openFolder(options: KeyStoreOptions, verifier: SignatureVerifier): Promise<KeyStore> {
  const { folder, passphraseFile, randomBytes } = options;
  const passphrase = await readSecretFile(passphraseFile);
  try {
    return await openEncryptedFileKeyStore({ folder, passphrase, randomBytes, verifier });
  } finally {
    passphrase.fill(0);
  }
}

function depsOf(
  { randomBytes, log }: KeyStoreOptions,
  verifier: SignatureVerifier,
  config: KeyStoreConfig | undefined,
): OpeningDeps {
  const driverHostProgram = config?.driverHostProgram;
  return {
    verifier,
    randomBytes,
    ...(driverHostProgram !== undefined && { driverHostProgram }),
    ...(log !== undefined && { log }),
  };
}

/** @param opened the folder, then the stores of the configuration in their order. */
function assemble(
  { randomBytes }: KeyStoreOptions,
  [folder, ...devices]: readonly KeyStore[],
  config: KeyStoreConfig | undefined,
): KeyStore | Promise<KeyStore> {
  if (folder === undefined) throw new RangeError("the folder is always opened");
  if (config === undefined) return folder;
  const stores = devices.map((store, at): DirectoryStore => {
    const { name, uri, isExclusive } = config.stores[at] ?? { name: "", uri: "", isExclusive: false };
    return { name, scheme: parseStoreUri(uri).scheme, isExclusive, store };
  });
  return openKeyDirectory({
    file: config.directoryFile,
    stores: [{ name: folderStoreName, scheme: "file", store: folder }, ...stores],
    routes: config.routes,
    randomBytes,
  });
}

/** The same store, which takes the verifier along when it is closed. */
function closingAlso(store: KeyStore, verifier: SignatureVerifier): KeyStore {
  const { foreignKeys, generation, importing, destruction, certificates, decryption } = store;
  return {
    signer: (uri, algorithm) => store.signer(uri, algorithm),
    list: () => store.list(),
    refresh: () => store.refresh(),
    health: () => store.health(),
    ...(foreignKeys && { foreignKeys }),
    ...(generation && { generation }),
    ...(importing && { importing }),
    ...(destruction && { destruction }),
    ...(certificates && { certificates }),
    ...(decryption && { decryption }),
    close: async () => {
      await store.close();
      await verifier.close();
    },
  };
}
