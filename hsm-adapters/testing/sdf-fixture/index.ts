import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { generateSm2Key, readEcPrivateKey } from "@yinxin/crypto/sm2";

import { compileFixture } from "../compile-fixture.ts";
import { koffiTools } from "../koffi.ts";

/** A software device behind a vendor's interface: the library, and the profile that fits it. */
export interface SdfFixture {
  readonly library: string;
  /** As the configuration of the driver takes it. */
  readonly profile: string | object;
}

/** How the libraries of vendors differ; the names of what is compiled. */
export const sdfLayouts = ["standard", "sansec", "raw-message", "long-numbers", "gmssl"] as const;
export type SdfLayout = (typeof sdfLayouts)[number];

/** For `toolTest`. */
export const sdfFixtureTools: readonly string[] = ["cc", ...koffiTools];

/** The environment variable of a process that uses the library: the folder that {@link createSdfState} made. */
export const sdfFixtureVariable = "YINXIN_SDF_FIXTURE";

const builds: Readonly<Record<SdfLayout, SdfBuild>> = {
  standard: {
    flags: [],
    // The standard has no number for a password that was wrong too often: this is the fixture's.
    profile: extendedStandard({
      errorMap: { "0x01008001": { code: "pin-locked", name: "PASSWORD_LOCKED" } },
    }),
  },
  sansec: {
    flags: [
      ...["-DECC_BITS=256", "-DRSA_BITS=4096", "-DCIPHER_LENGTH_FIRST", "-DCIPHER_OCTETS=136"],
      ...["-DALGORITHM_ENCRYPT=0x00020400", "-DRSA_KEY_USAGE"],
    ],
    profile: "sdf-sansec",
  },
  "raw-message": {
    flags: ["-DSIGNS_MESSAGE", "-DCIPHER_OCTETS=136", "-DNO_PASSWORD"],
    profile: "sdf-raw-message",
  },
  "long-numbers": { flags: ["-DULONG_OCTETS=8"], profile: extendedStandard({ ulongOctets: 8 }) },
  gmssl: { flags: ["-DRIGHT_MISSING=0x0100001D", "-DPASSWORD_WRONG=0x01000100"], profile: "sdf-gmssl" },
};

interface SdfBuild {
  readonly flags: readonly string[];
  readonly profile: string | object;
}

function extendedStandard(fields: object): object {
  return {
    format: "yinxin-device-profile/1",
    name: "sdf-fixture",
    family: "sdf",
    about: "The device fixture.",
    extends: "sdf-standard",
    ...fields,
  };
}

/**
 * Compiles the device with the machine's `cc`, unless that was done before.
 *
 * @throws Error with the compiler's words.
 */
export function buildSdfFixture(layout: SdfLayout = "standard"): Promise<SdfFixture> {
  const { flags, profile } = builds[layout];
  return Promise.resolve().then(() => ({ library: compileFixture(import.meta.dirname, flags), profile }));
}

/** What the operator sets up at the vendor's console: keys by their index, and what is wrong with the device. */
export interface SdfState {
  readonly folder: string;
  /** Fills an index as the vendor's console does: a pair for signing and one for encryption, or an RSA key. */
  fillIndex(index: number, kind?: "sm2" | "rsa"): void;
  emptyIndex(index: number): void;
  /** The password of all keys, or of one index. */
  setPassword(password: string, index?: number): void;
  /** 16 characters; another for each device of a test that has several. */
  setSerial(serial: string): void;
  /** Takes effect when a process opens the device; undefined mends it. */
  setFault(fault: SdfFault | undefined): void;
  /** How long each signature takes. */
  setDelay(microseconds: number): void;
  remove(): void;
}

/**
 * From the signature of that number on, counted in each process: the library crashes (SIGSEGV) or hangs, once; answers OK and
 * writes nothing; writes behind its buffer; or has lost its device. `absent`: it does not even open.
 */
export interface SdfFault {
  readonly kind: "crash" | "hang" | "silent" | "overrun" | "lose" | "absent";
  readonly at: number;
}

/** The password of a new device's keys. */
export const sdfPassword = "Yx-2026-sdf";

/** @param folder an existing one; a new temporary one if absent. */
export function createSdfState(folder: string = mkdtempSync(join(tmpdir(), "yinxin-sdf-"))): SdfState {
  mkdirSync(folder, { recursive: true });
  /** By renaming: another process may be reading. */
  const write = (name: string, contents: Uint8Array | string): void => {
    writeFileSync(join(folder, `.${name}`), contents, { mode: 0o600 });
    renameSync(join(folder, `.${name}`), join(folder, name));
  };
  const remove = (name: string): void => {
    rmSync(join(folder, name), { force: true });
  };
  write("password", sdfPassword);
  return {
    folder,
    fillIndex: (index, kind = "sm2") => {
      fillIndex(folder, index, kind);
    },
    emptyIndex: (index) => {
      for (const name of ["sign", "encrypt", "rsa"]) remove(`${name}-${String(index)}`);
    },
    setPassword: (password, index) => {
      write(index === undefined ? "password" : `password-${String(index)}`, password);
    },
    setSerial: (serial) => {
      write("serial", serial);
    },
    setFault: (fault) => {
      if (fault === undefined) remove("fault");
      else write("fault", `${fault.kind} ${String(fault.at)}`);
    },
    setDelay: (microseconds) => {
      write("delay", String(microseconds));
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The operator's console for a device whose folder exists. A key that is there is replaced. */
export function fillIndex(folder: string, index: number, kind: "sm2" | "rsa" = "sm2"): void {
  const write = (name: string, contents: Uint8Array): void => {
    const file = join(folder, `${name}-${String(index)}`);
    writeFileSync(`${file}.new`, contents, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  if (kind === "rsa") {
    write("rsa", rsaNumbers());
    return;
  }
  for (const name of ["sign", "encrypt"]) write(name, readEcPrivateKey(generateSm2Key().pkcs8).d);
}

/** Modulus and private exponent. */
function rsaNumbers(): Uint8Array {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { n = "", d = "" } = privateKey.export({ format: "jwk" });
  const octets = [n, d].map((number) => new Uint8Array(Buffer.from(number, "base64url")));
  const [modulus = new Uint8Array(), exponent = new Uint8Array()] = octets;
  const both = new Uint8Array(2 * modulus.length);
  both.set(modulus);
  both.set(exponent, both.length - exponent.length);
  return both;
}
