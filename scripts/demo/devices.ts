import { execFileSync } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { hexOf } from "@yinxin/crypto/bytes";

import {
  buildSdfFixture,
  fillIndex,
  sdfFixtureVariable,
  sdfPassword,
} from "../../hsm-adapters/testing/sdf-fixture/index.ts";
import { bundleServices } from "./bundle-services.ts";
import { serviceNames } from "./layout.ts";
import type { Layout, ServiceName } from "./layout.ts";

/** Something that the machine does not have; the message says what, and how to get it. */
export class MissingDevicesError extends Error {
  constructor(missing: readonly string[]) {
    super(`--keys devices needs ${missing.join(", ")}: npm run setup:test-tools installs it`);
    this.name = "MissingDevicesError";
  }
}

/** Where a service's devices are configured; a service without this file has its keys in files. */
export function keyStoreConfigFile(data: string, name: string): string {
  return join(data, name, "key-store.json");
}

/** The indexes of the cipher machine that are one service's: a GM/T 0018 machine is filled by its operator. */
const machineIndexes: Partial<Record<ServiceName, { readonly first: number; readonly last: number }>> = {
  pki: { first: 1, last: 4 },
  seal: { first: 5, last: 16 },
  signing: { first: 17, last: 20 },
};

const libraryPlaces = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/softhsm/libsofthsm.so",
  "/usr/lib/pkcs11/libsofthsm2.so",
  "/usr/local/lib/softhsm/libsofthsm2.so",
];

/**
 * Gives every service devices of its own: a SoftHSM token for P-256 keys, and indexes of a software cipher machine with the SDF interface
 * for SM2 keys. Both are programs, and guard nothing; what they show is that the services run unchanged with keys in
 * devices. What is there already is kept, only the configuration is written anew.
 *
 * @throws MissingDevicesError
 */
export async function prepareDevices(layout: Layout): Promise<void> {
  const softHsm = findDevices();
  const folder = join(layout.data, "devices");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const machine = await prepareMachine(folder);
  const programs = await bundleServices();
  for (const name of serviceNames) {
    mkdirSync(layout[name].folder, { recursive: true, mode: 0o700 });
    const token = prepareToken(layout, name, softHsm);
    const indexes = machineIndexes[name];
    const config = {
      mode: "sandbox",
      directory: join(layout[name].folder, "key-directory.json"),
      stores: { token, ...(indexes && { machine: machine(indexes) }) },
      routes: [
        { algorithms: ["ES256"], store: "token" },
        ...(indexes ? [{ algorithms: ["SM2"], store: "machine" }] : []),
        // The ledger's checkpoints are Ed25519, which neither of the two devices is asked for.
        { algorithms: ["Ed25519"], store: "files" },
      ],
      programs: { driver_host: programs.get("driver-host"), verifier: programs.get("verifier") },
    };
    writeFileSync(keyStoreConfigFile(layout.data, name), JSON.stringify(config, null, 2), { mode: 0o600 });
  }
}

/**
 * Where the keys are in the end: how many each kind of device has, and how many stayed in files from before.
 *
 * @throws Error if a key is not in the device of its algorithm.
 */
export function countDeviceKeys(layout: Layout): string {
  const keys = serviceNames.flatMap((name) => recordedKeys(join(layout[name].folder, "key-directory.json")));
  const count = (scheme: string, algorithm: string): number =>
    keys.filter((key) => key.uri?.startsWith(`${scheme}:`) === true && key.algorithm === algorithm).length;
  const [p256, sm2] = [count("pkcs11", "ES256"), count("sdf", "SM2")];
  if (p256 + sm2 < keys.length) throw new Error("a key is in the wrong device");
  const files = serviceNames.flatMap((name) => keysInFiles(join(layout[name].folder, "keys")));
  const older = files.filter(({ algorithm }) => algorithm !== "Ed25519").length;
  if (older === 0 && (p256 === 0 || sm2 === 0)) throw new Error("there are no keys in the devices");
  const rest = older === 0 ? "" : `; ${String(older)} from before in files`;
  return `${String(p256)} P-256 in SoftHSM, ${String(sm2)} SM2 in the cipher machine${rest}`;
}

interface DeviceKey {
  readonly algorithm: string;
  readonly uri?: string;
}

function recordedKeys(file: string): readonly DeviceKey[] {
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, "utf8")) as { keys: readonly DeviceKey[] }).keys;
}

function keysInFiles(folder: string): readonly DeviceKey[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".key.json"))
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as DeviceKey);
}

/** SoftHSM's library. @throws MissingDevicesError naming everything that is not there. */
function findDevices(): string {
  const library = libraryPlaces.find((path) => existsSync(path));
  const programs = ["softhsm2-util", "cc"].filter((program) => !isProgram(program));
  const modules = ["pkcs11js", "koffi"].filter((name) => !isInstalled(name));
  const missing = [...programs, ...modules, ...(library === undefined ? ["libsofthsm2.so"] : [])];
  if (missing.length > 0 || library === undefined) throw new MissingDevicesError(missing);
  return library;
}

function isProgram(name: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders.some((folder) => folder !== "" && existsSync(join(folder, name)));
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Compiles the machine and lets its operator fill the indexes. @returns the store's configuration for a range of them. */
async function prepareMachine(folder: string) {
  const { library, profile } = await buildSdfFixture("standard");
  const state = join(folder, "machine");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  writeFileSync(join(state, "password"), sdfPassword, { mode: 0o600 });
  const pinFile = writePin(join(folder, "machine.pin"), sdfPassword);
  const profileFile = join(folder, "machine-profile.json");
  writeFileSync(profileFile, typeof profile === "string" ? profile : JSON.stringify(profile));
  for (const { first, last } of Object.values(machineIndexes)) {
    for (let index = first; index <= last; index += 1) {
      if (!existsSync(join(state, `sign-${String(index)}`))) fillIndex(state, index);
    }
  }
  return ({ first, last }: { readonly first: number; readonly last: number }) => ({
    uri: storeUri("sdf:", {
      "module-path": library,
      profile: profileFile,
      indexes: `${String(first)}-${String(last)}`,
      "pin-source": `file:${pinFile}`,
    }),
    environment: { [sdfFixtureVariable]: state },
    sessions: 4,
  });
}

/** A token in a folder of the service's own, so that one service's library never sees another's keys. */
function prepareToken(layout: Layout, name: ServiceName, library: string) {
  const folder = join(layout[name].folder, "softhsm");
  const configFile = join(folder, "softhsm2.conf");
  const environment = { SOFTHSM2_CONF: configFile };
  const pinFile = join(folder, "pin");
  if (!existsSync(pinFile)) {
    mkdirSync(join(folder, "tokens"), { recursive: true, mode: 0o700 });
    writeFileSync(
      configFile,
      `directories.tokendir = ${join(folder, "tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n`,
    );
    const pin = String(randomInt(10_000_000, 100_000_000));
    const securityOfficerPin = hexOf(createHash("sha256").update(pin).digest().subarray(0, 8));
    // This program takes PINs as arguments and in no other way; it is over before anybody could use the token.
    execFileSync(
      "softhsm2-util",
      ["--init-token", "--free", "--label", name, "--so-pin", securityOfficerPin, "--pin", pin],
      { env: { ...process.env, ...environment }, stdio: "ignore" },
    );
    writePin(pinFile, pin);
  }
  return {
    uri: storeUri(`pkcs11:token=${name}`, { "module-path": library, "pin-source": `file:${pinFile}` }),
    environment,
    sessions: 4,
  };
}

function storeUri(device: string, query: Readonly<Record<string, string>>): string {
  const parts = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2F", "/")}`,
  );
  return `${device}?${parts.join("&")}`;
}

function writePin(path: string, pin: string): string {
  if (!existsSync(path)) {
    writeFileSync(path, pin, { mode: 0o600 });
    chmodSync(path, 0o400);
  }
  return path;
}
