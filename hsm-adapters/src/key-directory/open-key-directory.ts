import { dirname } from "node:path";

import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

import { checkKeyLabel, fileKeyUri, KeyStoreError, labelOfKeyUri, parseKeyUri } from "../key-store/index.ts";
import type {
  CertificateStorage,
  KeyDecryption,
  KeyDescription,
  KeyDestruction,
  KeyGeneration,
  KeyStore,
  KeyStoreHealth,
  KeyUri,
} from "../key-store/index.ts";
import { checkOwnFolder } from "../private-files/index.ts";
import { isRecorded, readDirectoryFile, writeDirectoryFile } from "./directory-file.ts";
import type { DirectoryEntry, RecordedKey } from "./directory-file.ts";
import { healthOfAll } from "./directory-health.ts";
import type { DirectoryStore, KeyDirectoryOptions, KeyRoute } from "./directory-options.ts";
import { findForeignKeys } from "./find-foreign-keys.ts";
import { withFileLock } from "./file-lock.ts";
import { makeDirectoryKey } from "./make-directory-key.ts";
import { describeRecorded, gone, refuseChange } from "./recorded-key.ts";

/**
 * Opens the directory and checks that every recorded key is where it was, and is the same.
 *
 * The store that it gives knows its keys by `file:` URIs of their labels, and passes every other URI on to the stores of that
 * scheme. A `file:` URI that is not recorded is looked for in the folders among the stores, so keys from before the directory stay.
 *
 * @throws KeyStoreError `configuration-malformed` for a route to no store; `key-not-found` or `key-file-damaged` for a key that is gone
 *   or changed, naming its label and URI; `key-file-permissions`; what a device says.
 */
export async function openKeyDirectory(options: KeyDirectoryOptions): Promise<KeyStore> {
  for (const route of options.routes) storeOfRoute(options, route);
  await checkOwnFolder(dirname(options.file));
  const directory = new KeyDirectory(options);
  await directory.list();
  return directory;
}

class KeyDirectory implements KeyStore {
  readonly #options: KeyDirectoryOptions;
  #isClosed = false;

  readonly foreignKeys?: () => Promise<readonly KeyDescription[]>;
  readonly destruction?: KeyDestruction;
  readonly certificates?: CertificateStorage;
  readonly decryption?: KeyDecryption;

  constructor(options: KeyDirectoryOptions) {
    this.#options = options;
    // A face is there only if it is there for every key.
    const stores = options.stores.map(({ store }) => store);
    if (options.stores.some(({ isExclusive }) => isExclusive === true))
      this.foreignKeys = async () => findForeignKeys(this.#open(), await this.#entries());
    if (stores.every((store) => store.destruction)) this.destruction = this.#destruction();
    if (stores.every((store) => store.certificates)) this.certificates = this.#certificates();
    if (stores.every((store) => store.decryption)) this.decryption = this.#decryption();
  }

  async signer(uri: KeyUri, algorithm?: SignatureAlgorithmName): Promise<Signer> {
    const { found, recorded } = await this.#find(uri, (store, keyUri) => store.signer(keyUri, algorithm));
    if (recorded !== undefined) refuseChange(recorded, found.publicKey);
    return found;
  }

  async list(): Promise<readonly KeyDescription[]> {
    const { stores } = this.#open();
    const entries = await this.#entries();
    const recorded = entries.filter(isRecorded);
    const given = new Set(recorded.map(({ uri }) => uri));
    const labels = new Set(entries.map(({ label }) => label));
    const lists = await Promise.all(
      stores.map(async ({ scheme, store }) => ({ isFolder: scheme === "file", keys: await store.list() })),
    );
    const keys = new Map(lists.flatMap((list) => list.keys).map((key) => [key.uri, key]));
    const named = recorded
      .filter(({ uri, isEnding }) => isEnding !== true || keys.has(uri))
      .map((entry) => describeRecorded(entry, keys.get(entry.uri)));
    const older = lists
      .filter(({ isFolder }) => isFolder)
      .flatMap((list) => list.keys)
      .filter(({ uri, label }) => !given.has(uri) && !labels.has(label));
    return [...named, ...older].sort((one, other) => (one.uri < other.uri ? -1 : 1));
  }

  async refresh(): Promise<void> {
    await Promise.all(this.#open().stores.map(({ store }) => store.refresh()));
  }

  async health(): Promise<KeyStoreHealth> {
    const health = healthOfAll(await Promise.all(this.#options.stores.map(({ store }) => store.health())));
    return this.#isClosed ? { ...health, state: "closed" } : health;
  }

  readonly generation: KeyGeneration = {
    generate: async ({ label, algorithm }) => {
      this.#open();
      checkKeyLabel(label);
      const route = this.#routeFor(algorithm);
      return this.#change(async (entries) => {
        await this.#refuseTaken(label, entries);
        const store = storeOfRoute(this.#options, route);
        return makeDirectoryKey(this.#options, { label, algorithm, route, store }, entries);
      });
    },
  };

  #destruction(): KeyDestruction {
    return {
      destroy: async (uri) => {
        await this.#change(async (entries) => {
          await this.#destroyOnce(uri, entries);
          const label = uri.startsWith("file:") ? labelOfKeyUri(uri) : undefined;
          const kept = entries.filter(
            (entry) => entry.label !== label && !(isRecorded(entry) && entry.uri === uri),
          );
          if (kept.length < entries.length) await this.#write(kept);
        });
      },
    };
  }

  /** Written down before the device does it: a process that ends in between must not look like a key that was lost. */
  async #destroyOnce(uri: KeyUri, entries: readonly DirectoryEntry[]): Promise<void> {
    const recorded = await this.#recordOf(uri);
    if (recorded !== undefined && recorded.isEnding !== true) {
      await this.#write(
        entries.map((entry) => (entry.label === recorded.label ? { ...recorded, isEnding: true } : entry)),
      );
    }
    try {
      await this.#findSame(uri, (store, keyUri) => faceOf(store.destruction, keyUri).destroy(keyUri));
    } catch (cause) {
      const isGone = cause instanceof KeyStoreError && cause.code === "key-not-found";
      if (!isGone || recorded?.isEnding !== true) throw cause;
    }
  }

  #certificates(): CertificateStorage {
    return {
      read: async (uri) =>
        (await this.#find(uri, (store, keyUri) => faceOf(store.certificates, keyUri).read(keyUri))).found,
      write: async (uri, certificate) => {
        await this.#findSame(uri, (store, keyUri) =>
          faceOf(store.certificates, keyUri).write(keyUri, certificate),
        );
      },
    };
  }

  #decryption(): KeyDecryption {
    return {
      decryptor: async (uri) => {
        const { found, recorded } = await this.#find(uri, (store, keyUri) =>
          faceOf(store.decryption, keyUri).decryptor(keyUri),
        );
        if (recorded !== undefined) refuseChange(recorded, found.publicKey);
        return found;
      },
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#options.stores.map(({ store }) => store.close()));
  }

  #open(): KeyDirectoryOptions {
    if (this.#isClosed) throw new KeyStoreError("key-store-closed", "the key store was closed");
    return this.#options;
  }

  #entries(): Promise<readonly DirectoryEntry[]> {
    return readDirectoryFile(this.#options.file);
  }

  #write(entries: readonly DirectoryEntry[]): Promise<void> {
    return writeDirectoryFile(this.#options.file, entries, this.#options.randomBytes);
  }

  /** Reads the file and changes it while no other process does. */
  #change<Result>(work: (entries: readonly DirectoryEntry[]) => Promise<Result>): Promise<Result> {
    const { file, randomBytes } = this.#open();
    return withFileLock(file, randomBytes, async () => work(await this.#entries()));
  }

  /** Asks the store that has the key; of several of its scheme, the first that knows it. */
  async #find<Found>(
    uri: KeyUri,
    ask: (store: KeyStore, uri: KeyUri) => Promise<Found>,
  ): Promise<{ readonly found: Found; readonly recorded: RecordedKey | undefined }> {
    const { stores } = this.#open();
    const recorded = await this.#recordOf(uri);
    const keyUri = recorded?.uri ?? uri;
    for (const { store } of stores.filter(({ scheme }) => keyUri.startsWith(`${scheme}:`))) {
      try {
        return { found: await ask(store, keyUri), recorded };
      } catch (cause) {
        if (!(cause instanceof KeyStoreError && cause.code === "key-not-found")) throw cause;
      }
    }
    throw recorded === undefined ? notFound(uri, "no store has it") : gone(recorded);
  }

  /** As {@link #find}, for what changes something: only where the recorded key still is. */
  async #findSame(uri: KeyUri, change: (store: KeyStore, uri: KeyUri) => Promise<void>): Promise<void> {
    const recorded = await this.#recordOf(uri);
    await this.#find(uri, async (store, keyUri) => {
      if (recorded !== undefined) {
        const there = (await store.list()).find((key) => key.uri === recorded.uri);
        if (there === undefined) throw gone(recorded);
        refuseChange(recorded, there.publicKey);
      }
      await change(store, keyUri);
    });
  }

  async #recordOf(uri: KeyUri): Promise<RecordedKey | undefined> {
    if (!parseKeyUri(uri).startsWith("file:")) return undefined;
    const label = labelOfKeyUri(uri);
    const entry = (await this.#entries()).find((candidate) => candidate.label === label);
    if (entry === undefined || isRecorded(entry)) return entry;
    throw notFound(uri, "its making was interrupted");
  }

  #routeFor(algorithm: SignatureAlgorithmName): KeyRoute {
    const route = this.#options.routes.find(({ algorithms }) => algorithms.includes(algorithm));
    if (route !== undefined) return route;
    const supported = this.#options.routes.flatMap(({ algorithms }) => algorithms);
    throw new KeyStoreError("algorithm-not-supported", `no store is configured for keys of ${algorithm}`, {
      facts: { supported },
    });
  }

  async #refuseTaken(label: string, entries: readonly DirectoryEntry[]): Promise<void> {
    const isTaken = entries.some((entry) => entry.label === label && isRecorded(entry));
    if (isTaken || (await this.#isInFolder(fileKeyUri(label), entries))) {
      const uri = fileKeyUri(label);
      throw new KeyStoreError("key-exists", `there is already a key ${label}`, { facts: { uri } });
    }
  }

  /** A key from before the directory: in a folder, and nobody else's. */
  async #isInFolder(uri: KeyUri, entries: readonly DirectoryEntry[]): Promise<boolean> {
    if (entries.some((entry) => isRecorded(entry) && entry.uri === uri)) return false;
    const folders = this.#options.stores.filter(({ scheme }) => scheme === "file");
    const lists = await Promise.all(folders.map(({ store }) => store.list()));
    return lists.flat().some((key) => key.uri === uri);
  }
}

function storeOfRoute({ stores }: KeyDirectoryOptions, route: KeyRoute): DirectoryStore {
  const store = stores.find(({ name }) => name === route.store);
  if (store !== undefined) return store;
  throw new KeyStoreError("configuration-malformed", `a route leads to ${route.store}, which is no store`);
}

function notFound(uri: KeyUri, why: string): KeyStoreError {
  return new KeyStoreError("key-not-found", `there is no key ${uri}: ${why}`, { facts: { uri } });
}

function faceOf<Face>(face: Face | undefined, uri: KeyUri): Face {
  if (face !== undefined) return face;
  throw new KeyStoreError("operation-not-supported", `the store of ${uri} cannot do this`, {
    facts: { uri },
  });
}
