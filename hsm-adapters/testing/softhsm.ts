import { execFileSync } from "node:child_process";
import { accessSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The programs that {@link createSoftHsm} runs: for `toolTest`. */
export const softHsmTools = ["softhsm2-util"] as const;

/** None of the PINs that production mode refuses, and none that guards anything. */
const testPin = "648219";

export interface SoftHsmToken {
  readonly label: string;
  readonly serial: string;
}

/** Tokens of SoftHSM in a folder of their own. */
export interface SoftHsm extends SoftHsmToken {
  /** The PKCS#11 library. */
  readonly library: string;
  readonly folder: string;
  /** What a process needs to find the tokens: the environment of a driver host. */
  readonly environment: { readonly SOFTHSM2_CONF: string };
  /** Holds the PIN of every token here; mode 0400. */
  readonly pinFile: string;
  /** A new copy at each call, since whoever logs in overwrites it. */
  pin(): Uint8Array;
  addToken(label: string): SoftHsmToken;
  /** Runs OpenSC's pkcs11-tool on the first token, logged in: another process, as an operator's. Gives what it printed. */
  pkcs11Tool(...args: readonly string[]): string;
  dispose(): void;
}

/**
 * Makes a token of SoftHSM in a new temporary folder.
 *
 * The library reads `SOFTHSM2_CONF` when it is initialised: a test that loads it into its own process sets the variable
 * first (`process.env`), and has one folder a process.
 */
export function createSoftHsm(label = "yinxin"): SoftHsm {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-softhsm-"));
  const tokens = join(folder, "tokens");
  mkdirSync(tokens, { mode: 0o700 });
  const configFile = join(folder, "softhsm2.conf");
  writeFileSync(
    configFile,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const pinFile = join(folder, "pin");
  writeFileSync(pinFile, testPin);
  chmodSync(pinFile, 0o400);
  const environment = { SOFTHSM2_CONF: configFile };
  const library = softHsmLibrary();
  const first = addToken(environment, label);
  return {
    ...first,
    library,
    folder,
    environment,
    pinFile,
    pin: () => new TextEncoder().encode(testPin),
    addToken: (another) => addToken(environment, another),
    pkcs11Tool: (...args) =>
      run(environment, "pkcs11-tool", [
        ...["--module", library, "--token-label", label, "--login", "--pin", testPin],
        ...args,
      ]),
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where Debian, Fedora, Alpine and Homebrew put it. */
const libraryPlaces = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/softhsm/libsofthsm.so",
  "/usr/lib/pkcs11/libsofthsm2.so",
  "/usr/local/lib/softhsm/libsofthsm2.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

function softHsmLibrary(): string {
  const found = libraryPlaces.find((path) => {
    try {
      accessSync(path);
      return true;
    } catch {
      // Not there: the next place may have it.
      return false;
    }
  });
  if (found === undefined) throw new Error(`no libsofthsm2.so in ${libraryPlaces.join(", ")}`);
  return found;
}

function addToken(environment: SoftHsm["environment"], label: string): SoftHsmToken {
  run(environment, "softhsm2-util", [
    ...["--init-token", "--free", "--label", label],
    ...["--so-pin", "5318008642", "--pin", testPin],
  ]);
  const slots = run(environment, "softhsm2-util", ["--show-slots"]).split(/^Slot /m);
  const mine = slots.find((slot) => fieldOf(slot, "Label") === label) ?? "";
  const serial = fieldOf(mine, "Serial number");
  if (serial === undefined) throw new Error(`softhsm2-util made no token ${label}`);
  return { label, serial };
}

function fieldOf(slot: string, name: string): string | undefined {
  return new RegExp(`^ *${name}: *(.*?) *$`, "m").exec(slot)?.[1];
}

function run(environment: SoftHsm["environment"], tool: string, args: readonly string[]): string {
  return execFileSync(tool, args, {
    encoding: "utf8",
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}
