import { driverHostConnector, driverHostProgram } from "../driver-host/index.ts";
import type { Connect } from "../driver/index.ts";
import { openEncryptedFileKeyStore, storeCipherNames } from "../encrypted-file/index.ts";
import { KeyStoreError, parseStoreUri } from "../key-store/index.ts";
import type { KeyStore, StoreUriParts } from "../key-store/index.ts";
import { readSecretFile } from "../private-files/index.ts";
import { openTokenKeyStore } from "../token/index.ts";
import { driverConfigOf, isDriverFamily } from "./driver-config.ts";
import { openRemote } from "./open-remote.ts";
import { filePathOf, pinSourceOf } from "./pin-source-of.ts";
import type { OpeningDeps, OpeningEvent, StoreSettings } from "./store-settings.ts";

/**
 * Opens one store by its URI.
 *
 * @param name for the log.
 * @throws KeyStoreError `configuration-malformed`, naming the attribute; `pin-required`; what the store says.
 */
export function openStore(
  uri: string,
  settings: StoreSettings,
  deps: OpeningDeps,
  name: string = uriWithoutQuery(uri),
): Promise<KeyStore> {
  const parts = parseStoreUri(uri);
  if (parts.scheme === "file") return openFolder(parts, deps);
  if (isDriverFamily(parts.scheme)) return openToken(parts, settings, deps, name);
  return openRemote(parts, settings, deps);
}

async function openFolder({ path, query }: StoreUriParts, deps: OpeningDeps): Promise<KeyStore> {
  const folder = path.get("folder") ?? "";
  const source = query.get("pin-source");
  const cipherName = query.get("cipher");
  const cipher = storeCipherNames.find((known) => known === cipherName);
  if (cipherName !== undefined && cipher === undefined) {
    throw new KeyStoreError("configuration-malformed", `cipher is one of ${storeCipherNames.join(", ")}`);
  }
  const passphrase = await passphraseFrom(source, deps);
  const { randomBytes, verifier } = deps;
  try {
    const options = { folder, passphrase, randomBytes, verifier };
    return await openEncryptedFileKeyStore(cipher === undefined ? options : { ...options, cipher });
  } finally {
    passphrase.fill(0);
  }
}

/** A passphrase of a folder has no tries to lose, and services' files of them have been 0600 from the start. */
async function passphraseFrom(source: string | undefined, { prompt }: OpeningDeps): Promise<Uint8Array> {
  if (source?.startsWith("file:") === true) return readPassphraseFile(filePathOf("pin-source", source));
  const passphrase = await pinSourceOf(source, prompt).read();
  if (passphrase !== undefined) return passphrase;
  throw new KeyStoreError("pin-required", "a folder of keys needs a passphrase");
}

/** @throws KeyStoreError `pin-required` or `key-file-permissions`, naming the file. */
async function readPassphraseFile(path: string): Promise<Uint8Array> {
  try {
    return await readSecretFile(path);
  } catch (cause) {
    if (cause instanceof KeyStoreError || !(cause instanceof Error && "code" in cause)) throw cause;
    if (cause.code === "ENOENT")
      throw new KeyStoreError("pin-required", `there is no passphrase file ${path}`, { cause });
    const reason = String(cause.code);
    throw new KeyStoreError(
      "key-file-permissions",
      `the passphrase file ${path} cannot be read (${reason})`,
      { cause },
    );
  }
}

function openToken(
  parts: StoreUriParts,
  settings: StoreSettings,
  deps: OpeningDeps,
  name: string,
): Promise<KeyStore> {
  const { mode, sessions, deadlineMilliseconds, generationMilliseconds } = settings;
  const given = { sessions, deadlineMilliseconds, generationMilliseconds };
  const log = (event: OpeningEvent): void => deps.log?.(event);
  return openTokenKeyStore({
    connect: connectTo(parts, settings, deps, (line) => {
      log({ event: "driver-said", store: name, line });
    }),
    pin: pinSourceOf(parts.query.get("pin-source"), deps.prompt),
    verifier: deps.verifier,
    options: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    mode,
    allowLastTry: deps.allowLastTry ?? false,
    log: (event) => {
      log({ ...event, store: name });
    },
  });
}

function connectTo(
  parts: StoreUriParts,
  settings: StoreSettings,
  deps: OpeningDeps,
  log: (line: string) => void,
): Connect {
  if (!isDriverFamily(parts.scheme)) throw new TypeError("a store without a driver");
  const { environment, workingFolder, sessions } = settings;
  const connect = driverHostConnector({
    program: deps.driverHostProgram ?? driverHostProgram(),
    family: parts.scheme,
    config: driverConfigOf(parts.scheme, parts, settings),
    ...(environment !== undefined && { environment }),
    ...(workingFolder !== undefined && { workingFolder }),
    ...(sessions !== undefined && { sessions }),
    log,
  });
  const { intercept } = deps;
  if (intercept === undefined) return connect;
  return Object.assign(async () => intercept(await connect()), connect);
}

/** Where its PIN file is and how it is reached is nobody's business but the operator's. */
function uriWithoutQuery(uri: string): string {
  return uri.split("?")[0] ?? uri;
}
