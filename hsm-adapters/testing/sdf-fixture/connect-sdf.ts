import { readFileSync } from "node:fs";

import { signatureAlgorithms } from "@yinxin/crypto/algorithms";
import { utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { verifySignature } from "@yinxin/crypto/signer";
import { derOfRawSignature, sm2Z } from "@yinxin/crypto/sm2";
import { afterEach } from "vitest";

import { builtInProfileFile } from "../../src/device-profile/index.ts";
import { connectInProcess } from "../../src/driver/index.ts";
import type { Device, DeviceConnection, DeviceKey } from "../../src/driver/index.ts";
import { driver } from "../../src/sdf/index.ts";
import { buildSdfFixture, createSdfState, sdfFixtureVariable, sdfPassword } from "./index.ts";
import type { SdfLayout, SdfState } from "./index.ts";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A new device with an SM2 pair at index 1, for this test and this process. */
export function createDevice(): SdfState {
  const state = createSdfState();
  state.fillIndex(1);
  process.env[sdfFixtureVariable] = state.folder;
  cleanups.push(() => {
    state.remove();
  });
  return state;
}

/** A connection to the device in this process, closed after the test; `fields` of the configuration beside library and profile. */
export async function connect(
  layout: SdfLayout = "standard",
  fields: object = {},
): Promise<DeviceConnection> {
  const connection = await connectInProcess(driver, { ...(await buildSdfFixture(layout)), ...fields });
  cleanups.push(() => connection.close());
  return connection;
}

/** The device itself, without a connection. */
export async function openDevice(): Promise<Device> {
  const device = await driver.open(await buildSdfFixture());
  cleanups.push(() => device.close());
  return device;
}

export async function connectLoggedIn(
  layout: SdfLayout = "standard",
  fields: object = {},
): Promise<DeviceConnection> {
  const connection = await connect(layout, fields);
  await connection.login(utf8Of(sdfPassword));
  return connection;
}

export async function keyNamed(connection: DeviceConnection, ending: string): Promise<DeviceKey> {
  const key = (await connection.listKeys()).find(({ uri }) => uri.endsWith(ending));
  if (key === undefined) throw new Error(`no key ${ending}`);
  return key;
}

/** What the token client hands over for a message. */
function inputFor(key: DeviceKey, message: Uint8Array): Uint8Array {
  const [mechanism] = key.mechanisms;
  if (mechanism?.takes === "message") return message;
  if (mechanism?.algorithm === "SM2") return digest("SM3", sm2Z(key.publicKey), message);
  return digest(signatureAlgorithms.RS256.digest, message);
}

/** A signature in a session of its own. */
export async function sign(
  connection: DeviceConnection,
  key: DeviceKey,
  message: Uint8Array,
): Promise<Uint8Array> {
  const session = await connection.openSession();
  const [mechanism] = key.mechanisms;
  const input = inputFor(key, message);
  return connection.sign(session, { key: key.uri, algorithm: mechanism?.algorithm ?? "SM2", input });
}

export function isRight(key: DeviceKey, message: Uint8Array, raw: Uint8Array): boolean {
  const algorithm = key.mechanisms[0]?.algorithm ?? "SM2";
  const signature = algorithm === "SM2" ? derOfRawSignature(raw) : raw;
  return verifySignature({ algorithm, publicKey: key.publicKey, message, signature });
}

/** The JSON of the layout's profile, to change fields of. */
export async function profileJson(layout: SdfLayout): Promise<object> {
  const { profile } = await buildSdfFixture(layout);
  if (typeof profile !== "string") return profile;
  return JSON.parse(readFileSync(builtInProfileFile(profile), "utf8")) as object;
}
