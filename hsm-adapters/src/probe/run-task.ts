import { readFileSync } from "node:fs";

import { builtInProfileFile, loadDeviceProfile } from "../device-profile/index.ts";
import type { Device } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { openLibrary } from "../native/index.ts";
import { readPkcs11Profile } from "../pkcs11/read-profile.ts";
import type { CipherUntested } from "../sdf/index.ts";
import { builtInProfiles } from "./built-in-profiles.ts";
import { familiesOf } from "./families.ts";
import { probeCryptoki } from "./probe-cryptoki.ts";
import type { Sm2Numbers, TellStep } from "./probe-cryptoki.ts";
import { problemOf } from "./probe-problem.ts";
import type { FamilyProbe, FieldNotTested, ProbeTask } from "./probe-report.ts";
import type { Fitting } from "./read-answers.ts";

/** Does in this process what a probe process is for: it may not come back. Rejects with what the library answers. */
export async function runTask(task: ProbeTask, tell: TellStep): Promise<unknown> {
  if (task.kind === "symbols") return probeSymbols(task.library, tell);
  if (task.kind === "profile")
    return onlyFacts(await (task.family === "sdf" ? probeSdf : probeSkf)(task, tell));
  const { library: path, parameters } = task;
  return probeCryptoki(
    { path, sm2: sm2Numbers(), ...(parameters === undefined ? {} : { parameters }) },
    tell,
  );
}

async function probeSymbols(path: string, tell: TellStep): Promise<FamilyProbe[]> {
  tell("dlopen");
  const library = await openLibrary(path);
  tell("dlsym");
  return familiesOf(library);
}

/** Of what a driver says about a device, the part that a report has. */
function onlyFacts({ device, ...fitting }: Fitting): Fitting {
  if (device === undefined) return fitting;
  const { manufacturer, model, serial, firmware } = device;
  return { ...fitting, device: { manufacturer, model, serial, firmware } };
}

type ProfileTask = Extract<ProbeTask, { kind: "profile" }>;

/** Cipher machines number their keys from 1, and the first ones are filled first. */
const indexes = Array.from({ length: 16 }, (_, at) => at + 1);

async function probeSdf({ library, profile: name }: ProfileTask, tell: TellStep): Promise<Fitting> {
  const { findFittingProfile } = await import("../sdf/index.ts");
  const profile = loadDeviceProfile(name, "sdf");
  tell("SDF_OpenDevice");
  const { device, findings } = await findFittingProfile(library, [profile], indexes);
  const [finding] = findings;
  if (finding === undefined) throw new RangeError("a profile was tried, and nothing was found");
  const { verdict, tested, problem, field, cipherUntested } = finding;
  const code = verdict === "wrong" ? "profile-wrong" : "token-not-found";
  return {
    result: device === undefined && verdict === "untested" ? "no-device" : resultOfVerdict[verdict],
    tested,
    ...(cipherUntested === undefined ? {} : { notTested: [notTested(cipherUntested)] }),
    ...(device === undefined ? {} : { device }),
    ...(problem === undefined
      ? {}
      : { problem: { code, message: problem, ...(field === undefined ? {} : { profileField: field }) } }),
  };
}

function notTested({ call, answer }: CipherUntested): FieldNotTested {
  return { field: "cipherLayout", call, ...(answer === undefined ? {} : { answer }), check: "algorithmIds" };
}

const resultOfVerdict = { fits: "fits", wrong: "does-not-fit", untested: "untested" } as const;

/** What is wrong shows when the device is opened, or when its public keys are read. */
async function probeSkf({ library, profile }: ProfileTask, tell: TellStep): Promise<Fitting> {
  const { driver } = await import("../skf/index.ts");
  tell("SKF_ConnectDev");
  const device = await driver.open({ library, profile });
  tell("SKF_ExportPublicKey");
  const fitting = await readSkfKeys(device);
  tell("SKF_DisConnectDev");
  await device.close();
  return { ...fitting, device: device.info };
}

/** What did not fit at the opening was refused there, so that this profile got further than such a one. */
async function readSkfKeys(device: Device): Promise<Fitting> {
  try {
    const keys = await device.listKeys();
    return keys.length > 0
      ? { result: "fits", tested: ["eccMaximumBits", "ulongOctets", "packing"] }
      : { result: "untested", tested: ["packing"] };
  } catch (cause) {
    if (!(cause instanceof KeyStoreError) || cause.code !== "profile-wrong") throw cause;
    return { result: "does-not-fit", tested: ["packing"], problem: problemOf(cause) };
  }
}

function sm2Numbers(): Sm2Numbers[] {
  return builtInProfiles("pkcs11").flatMap((profile) => {
    const json: unknown = JSON.parse(readFileSync(builtInProfileFile(profile), "utf8"));
    const { sm2 } = readPkcs11Profile(json);
    return sm2 === undefined ? [] : [{ profile, mechanisms: sm2.signing.map(({ mechanism }) => mechanism) }];
  });
}
