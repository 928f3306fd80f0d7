import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { compileFixture } from "../compile-fixture.ts";

interface SkfBuild {
  /** The profile that fits the library. */
  readonly profile: string;
  readonly flags: readonly string[];
}

const oldNumbers = "-DSKF_SM2_SIGN=0x00020100";

const builds = {
  standard: { profile: "skf-standard", flags: [] },
  natural: { profile: "skf-natural", flags: ["-DSKF_NATURAL", "-DSKF_DECRYPT", oldNumbers] },
  ulong64: { profile: "skf-ulong64", flags: ["-DSKF_WIDE", "-DSKF_DECRYPT"] },
  "ulong64-natural": {
    profile: "skf-ulong64-natural",
    flags: ["-DSKF_WIDE", "-DSKF_NATURAL", "-DSKF_DECRYPT", "-DSKF_SHIFTED_PIN"],
  },
  "raw-message": {
    profile: "skf-raw-message",
    flags: ["-DSKF_SIGN_MESSAGE", "-DSKF_SHIFTED_PIN", oldNumbers],
  },
} as const satisfies Record<string, SkfBuild>;

/** How the libraries of vendors differ; each is compiled for itself. */
export type SkfLayout = keyof typeof builds;
export const skfLayouts = Object.keys(builds) as readonly SkfLayout[];

/** What has to be installed for it: a compiler, and the package that calls libraries, which counts as a tool. */
export const skfFixtureTools: readonly string[] = ["cc", ...(hasKoffi() ? [] : ["koffi"])];

function hasKoffi(): boolean {
  try {
    return createRequire(import.meta.url).resolve("koffi") !== "";
  } catch {
    // It is optional: not every machine has a build of it.
    return false;
  }
}

/** A test over a place of its own, which is gone afterwards whatever happens. */
export function skfTest(
  name: string,
  layout: SkfLayout,
  body: (place: SkfPlace) => Promise<void>,
  tools: readonly string[] = [],
): void {
  toolTest([...skfFixtureTools, ...tools], name, async () => {
    const place = createSkfPlace(layout);
    try {
      await body(place);
    } finally {
      place.dispose();
    }
  });
}

/** A library of software devices, and the name of the profile that fits it. */
export interface SkfFixture {
  readonly library: string;
  readonly profile: string;
}

/**
 * Compiles the devices with the machine's `cc`, unless that was done before.
 *
 * @throws Error with the compiler's words.
 */
export function buildSkfFixture(layout: SkfLayout): SkfFixture {
  const { flags, profile } = builds[layout];
  return { library: compileFixture(import.meta.dirname, flags), profile };
}

/** The PIN of every application of the fixture; none of those that production mode refuses, and none that guards anything. */
export const skfPin = "648219";
/** How often it may be wrong. */
export const skfPinTries = 6;

/** A device, and the applications on it. */
export interface SkfDeviceContents {
  readonly name: string;
  readonly serial: string;
  readonly applications: readonly string[];
}

/** Devices of a folder of their own, with a library that finds them there: no environment variable is needed. */
export interface SkfPlace extends SkfFixture {
  readonly folder: string;
  /** Holds the PIN; mode 0400. */
  readonly pinFile: string;
  /** A new copy at each call, since whoever logs in overwrites it. */
  pin(): Uint8Array;
  /** Pulls a device out, puts it back. */
  remove(device?: string): void;
  insert(device?: string): void;
  /** Lines `SKF_Call word [number]` as state.h says; none: it works. */
  tell(...behaviour: readonly string[]): void;
  /** The names of the calls since the last time this was asked; the first time, none: from then on they are noted. */
  calls(): readonly string[];
  setPin(values: { readonly remaining?: number; readonly isDefault?: boolean }): void;
  /** The folder of a container, in whose files its pairs and certificates are. */
  containerFolder(name: string | Uint8Array): string;
  dispose(): void;
}

const oneDevice: SkfDeviceContents = { name: "YX-1", serial: "YX2026000001", applications: ["yinxin"] };

/** Makes devices in a new temporary folder; what is asked without the name of a device is of the first one's first application. */
export function createSkfPlace(
  layout: SkfLayout,
  devices: readonly [SkfDeviceContents, ...SkfDeviceContents[]] = [oneDevice],
): SkfPlace {
  const { library, profile } = buildSkfFixture(layout);
  const folder = mkdtempSync(join(tmpdir(), "yinxin-skf-"));
  copyFileSync(library, join(folder, "libskf.so"));
  const pinFile = join(folder, "pin");
  writeFileSync(pinFile, skfPin, { mode: 0o400 });
  const deviceFolder = (name: string): string => join(folder, "devices", hexOf(name));
  for (const device of devices) fillDevice(deviceFolder(device.name), device);
  const [first] = devices;
  const application = join(deviceFolder(first.name), "applications", hexOf(first.applications[0] ?? ""));
  const pins = { remaining: skfPinTries, isDefault: false };
  return {
    library: join(folder, "libskf.so"),
    profile,
    folder,
    pinFile,
    pin: () => new TextEncoder().encode(skfPin),
    remove: (device = first.name) => {
      rmSync(join(deviceFolder(device), "insertion"));
    },
    insert: (device = first.name) => {
      write(join(deviceFolder(device), "insertion"), "");
    },
    tell: (...behaviour) => {
      write(join(folder, "behaviour"), behaviour.join("\n"));
    },
    calls: () => takeCalls(join(folder, "calls")),
    setPin: (values) => {
      writePin(application, "user-pin", { ...pins, ...values });
    },
    containerFolder: (name) => join(application, "containers", hexOf(name)),
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function fillDevice(folder: string, { serial, applications }: SkfDeviceContents): void {
  mkdirSync(folder, { recursive: true });
  write(join(folder, "serial"), serial);
  write(join(folder, "insertion"), "");
  for (const name of applications) {
    const application = join(folder, "applications", hexOf(name));
    mkdirSync(join(application, "containers"), { recursive: true });
    writePin(application, "user-pin", { remaining: skfPinTries, isDefault: false });
    writePin(application, "admin-pin", { remaining: skfPinTries, isDefault: false });
  }
}

function writePin(
  application: string,
  file: "user-pin" | "admin-pin",
  { remaining, isDefault }: { remaining: number; isDefault: boolean },
): void {
  const numbers = [skfPinTries, remaining, Number(isDefault)].join(" ");
  write(join(application, file), `${skfPin} ${numbers}\n`);
}

function takeCalls(file: string): readonly string[] {
  const noted = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  write(file, "");
  return noted.filter((line) => line !== "");
}

/** By renaming: a library may be reading. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function hexOf(name: string | Uint8Array): string {
  return Buffer.from(name).toString("hex");
}
