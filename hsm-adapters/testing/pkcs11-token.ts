import { execFileSync } from "node:child_process";
import { accessSync, chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A token of some PKCS#11 library, made for one test file: enough to open it, and to be an operator beside us. */
export interface Pkcs11Token {
  readonly label: string;
  readonly serial: string;
  readonly library: string;
  /** For libraries that take a string at C_Initialize (NSS). */
  readonly libraryParameters?: string;
  /** What a process needs to find the token: the environment of a driver host. */
  readonly environment: Readonly<Record<string, string>>;
  /** Mode 0400. */
  readonly pinFile: string;
  /** A new copy at each call, since whoever logs in overwrites it. */
  pin(): Uint8Array;
  /** Stops what was started and removes what was made. */
  dispose(): Promise<void>;
}

/** Writes the PIN where `pinFile` expects it. */
export function writePinFile(folder: string, pin: string): string {
  const file = join(folder, "pin");
  writeFileSync(file, pin);
  chmodSync(file, 0o400);
  return file;
}

/** Debian's multiarch folder, then where others put it. */
const libraryFolders = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/usr/lib64",
  "/usr/lib",
  "/usr/local/lib",
];

/** The first of these files that exists below a folder of libraries; undefined if none does. */
export function findLibrary(...names: readonly string[]): string | undefined {
  return libraryFolders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path);
        return true;
      } catch {
        // Not there: the next place may have it.
        return false;
      }
    });
}

/** @throws Error naming the files that were looked for. */
export function requireLibrary(...names: readonly string[]): string {
  const found = findLibrary(...names);
  if (found === undefined) throw new Error(`none of ${names.join(", ")} is installed`);
  return found;
}

/** Runs a program as an operator would, with more environment; gives what it printed. */
export function runTool(
  tool: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string {
  return execFileSync(tool, args, {
    encoding: "utf8",
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
}
