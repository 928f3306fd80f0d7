import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { KeyRoute } from "../key-directory/index.ts";
import { KeyStoreError, parseStoreUri } from "../key-store/index.ts";
import { configObject } from "./config-object.ts";
import type { ConfigObject } from "./config-object.ts";
import type { StoreSettings } from "./store-settings.ts";

/** The devices of one service. */
export interface KeyStoreConfig {
  /** Where the key directory keeps which label leads to which key. */
  readonly directoryFile: string;
  readonly stores: readonly {
    readonly name: string;
    readonly uri: string;
    /** The device is this service's alone; a key of others in it is told. */
    readonly isExclusive: boolean;
    readonly settings: StoreSettings;
  }[];
  readonly routes: readonly KeyRoute[];
  /** JavaScript of the driver host and of the verifying thread; those of the installed package if absent. */
  readonly driverHostProgram?: string;
  readonly verifierProgram?: string;
  readonly verifierWorkers: number;
}

/** The service's own folder of encrypted files, which routes may name like the stores of the file. */
export const folderStoreName = "files";

const maximumStores = 32;

/**
 * Reads the JSON of a key-store configuration file:
 *
 * ```json
 * { "mode": "production",
 *   "directory": "/var/lib/yinxin/seal/keys.json",
 *   "stores": {
 *     "machine": { "uri": "sdf:?module-path=/opt/vendor/libsdf.so&profile=vendor&indexes=1-8&pin-source=file:/run/pin",
 *                  "sessions": 8, "deadline_milliseconds": 5000, "exclusive": true } },
 *   "routes": [ { "algorithms": ["SM2"], "store": "machine" }, { "algorithms": ["Ed25519"], "store": "files" } ] }
 * ```
 *
 * @throws KeyStoreError `configuration-malformed`, naming the field.
 */
export function readKeyStoreConfig(text: string): KeyStoreConfig {
  const config = configObject("", parseJson(text));
  const mode = config.choice("mode", ["production", "sandbox"]) ?? "production";
  const stores = config.object("stores");
  const names = stores.names();
  if (names.length > maximumStores) stores.refuse("", `at most ${String(maximumStores)} stores`);
  const programs = config.optionalObject("programs");
  const driverHostProgram = programs?.optionalPath("driver_host");
  const verifierProgram = programs?.optionalPath("verifier");
  const read: KeyStoreConfig = {
    directoryFile: config.path("directory"),
    stores: names.map((name) => readStore(name, stores, mode)),
    routes: config.objects("routes").map((route) => readRoute(route, [...names, folderStoreName])),
    ...(driverHostProgram !== undefined && { driverHostProgram }),
    ...(verifierProgram !== undefined && { verifierProgram }),
    verifierWorkers: programs?.optionalCount("verifier_workers") ?? 1,
  };
  programs?.refuseOthers();
  config.refuseOthers();
  return read;
}

function readStore(
  name: string,
  stores: ConfigObject,
  mode: StoreSettings["mode"],
): KeyStoreConfig["stores"][number] {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name) || name === folderStoreName) {
    stores.refuse(name, `a store's name is a few of a-z, 0-9 and -, and not "${folderStoreName}"`);
  }
  const store = stores.object(name);
  const uri = store.text("uri");
  // Only checked here; whoever opens it reads it.
  parseStoreUri(uri);
  const settings: StoreSettings = definedOf({
    mode: store.choice("mode", ["production", "sandbox"]) ?? mode,
    sessions: store.optionalCount("sessions"),
    deadlineMilliseconds: store.optionalCount("deadline_milliseconds"),
    generationMilliseconds: store.optionalCount("generation_milliseconds"),
    environment: store.optionalTexts("environment"),
    workingFolder: store.optionalPath("working_folder"),
    driver: store.optionalObject("driver")?.everything(),
  });
  const isExclusive = store.optionalFlag("exclusive") ?? false;
  store.refuseOthers();
  return { name, uri, isExclusive, settings };
}

function readRoute(route: ConfigObject, names: readonly string[]): KeyRoute {
  const algorithms = route.texts("algorithms").map((name): SignatureAlgorithmName => {
    const algorithm = signatureAlgorithmNames.find((known) => known === name);
    return algorithm ?? route.refuse("algorithms", `one of ${signatureAlgorithmNames.join(", ")}`);
  });
  const store = route.text("store");
  if (!names.includes(store)) route.refuse("store", `one of ${names.join(", ")}`);
  const range = route.optionalText("indexes");
  route.refuseOthers();
  if (range === undefined) return { algorithms, store };
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(range) ?? [];
  const indexes = { first: Number(first), last: Number(last) };
  if (!(indexes.first <= indexes.last)) route.refuse("indexes", "a range such as 1-8");
  return { algorithms, store, indexes };
}

function definedOf(settings: {
  readonly [Name in keyof StoreSettings]: StoreSettings[Name] | undefined;
}): StoreSettings {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as unknown as StoreSettings;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    // The cause is dropped on purpose: it quotes the file.
    throw new KeyStoreError("configuration-malformed", "the key-store configuration is not JSON");
  }
}
