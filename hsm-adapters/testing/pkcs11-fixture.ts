import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { compileFixture } from "./compile-fixture.ts";

const folderOfSources = join(import.meta.dirname, "pkcs11-fixture");

/** The programs that the fixtures here need: for `toolTest`. */
export const pkcs11FixtureTools = ["cc"] as const;

const pin = "648219";

/** A token of the C fixture, with SM2 under a vendor's numbers. */
export interface Sm2Token {
  readonly library: string;
  readonly label: string;
  readonly serial: string;
  readonly environment: { readonly PKCS11_FIXTURE_FOLDER: string };
  /** Mode 0400. */
  readonly pinFile: string;
  pin(): Uint8Array;
  /** What it is like from its next C_Initialize on: words of `control.h`. */
  become(...words: readonly string[]): void;
  dispose(): void;
}

/** Compiles the token and gives it a folder. @param words what it is like, as `control.h` lists them. */
export function createSm2Token(...words: readonly string[]): Sm2Token {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-sm2-token-"));
  const pinFile = join(folder, "pin");
  writeFileSync(pinFile, pin);
  chmodSync(pinFile, 0o400);
  const become = (...next: readonly string[]): void => {
    writeFileSync(join(folder, "control"), next.join("\n"));
  };
  become(...words);
  return {
    library: compileFixture(join(folderOfSources, "token"), []),
    label: "fixture",
    serial: "FIX0000000000001",
    environment: { PKCS11_FIXTURE_FOLDER: folder },
    pinFile,
    pin: () => new TextEncoder().encode(pin),
    become,
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A library that hands everything on to another one, and spoils its signatures when told to. */
export interface Forwarder {
  readonly library: string;
  readonly environment: { readonly PKCS11_FORWARD_TO: string; readonly PKCS11_FORWARD_CONTROL: string };
  /** Spoils signatures from now on: words of `forwarder.c`, such as `delay=5000` or `fail=48` and `once`. */
  spoil(...words: readonly string[]): void;
  heal(): void;
}

/** @param folder where the control file is put. */
export function createForwarder(folder: string, library: string): Forwarder {
  const control = join(folder, "forwarder-control");
  return {
    library: compileFixture(join(folderOfSources, "forwarder"), []),
    environment: { PKCS11_FORWARD_TO: library, PKCS11_FORWARD_CONTROL: control },
    spoil: (...words) => {
      writeFileSync(control, words.join("\n"));
    },
    heal: () => {
      rmSync(control, { force: true });
    },
  };
}
