import { readFileSync, statSync } from "node:fs";

import { builtInProfileFile } from "../device-profile/index.ts";
import type { Device, DeviceAbility, DeviceInfo, Driver } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { destroyKey, readCertificate, writeCertificate } from "./certificates.ts";
import { readPkcs11Config } from "./config.ts";
import { mechanisms, tokenFlags } from "./cryptoki.ts";
import { generatedRows, generateKey } from "./generation.ts";
import { importKey } from "./importing.ts";
import { CryptokiLibrary } from "./library.ts";
import { profilesByManufacturer, standardProfile } from "./profile.ts";
import type { Pkcs11Profile } from "./profile.ts";
import { readPkcs11Profile } from "./read-profile.ts";
import { createSecretLogin } from "./secret-login.ts";
import { Pkcs11Session } from "./session.ts";
import type { CallPaces } from "./session.ts";
import { TokenConnection } from "./token-connection.ts";
import { maximumSessionsOf, unpadded } from "./token.ts";

/** The driver for tokens and HSMs with a PKCS#11 library (v2.20 and later). */
export const driver: Driver = {
  family: "pkcs11",
  open: async (value) => {
    const config = readPkcs11Config(value);
    const given = config.profile === undefined ? undefined : profileOf(config.profile);
    const { libraryParameters: parameters } = config;
    const library = await CryptokiLibrary.load(
      config.library,
      parameters === undefined ? {} : { parameters },
    );
    const secretLogin = await createSecretLogin(config.library);
    library.initialize();
    try {
      const profile = given ?? profileForLibrary(library);
      library.understand(profile.returnValues);
      return deviceOf(new TokenConnection({ library, config, profile, secretLogin }));
    } catch (cause) {
      library.release();
      throw cause;
    }
  },
};

function profileForLibrary(library: CryptokiLibrary): Pkcs11Profile {
  const { manufacturerID } = library.call("C_GetInfo", (module) => module.C_GetInfo());
  const name = profilesByManufacturer.get(unpadded(manufacturerID));
  return name === undefined ? standardProfile : profileOf(name);
}

function deviceOf(connection: TokenConnection): Device {
  const paces: CallPaces = new WeakMap();
  const info = infoOf(connection);
  return {
    info,
    pinStatus: () => connection.pinStatus(),
    login: (pin) => connection.login(pin),
    logout: () => {
      connection.logout();
    },
    listKeys: () => connection.listKeys().map(({ description }) => description),
    findKey: (uri) => connection.findKey(uri)?.description,
    refresh: () => connection.refresh(),
    openSession: () => new Pkcs11Session(connection, paces),
    ...facesOf(connection, info.can),
    close: () => connection.close(),
  };
}

function facesOf(connection: TokenConnection, can: readonly DeviceAbility[]): Partial<Device> {
  const faces: readonly [DeviceAbility, Partial<Device>][] = [
    ["random", { random: (length) => randomOctets(connection, length) }],
    ["generate", { generateKey: (request) => generateKey(connection, request) }],
    ["import", { importKey: (request) => importKey(connection, request) }],
    [
      "destroy",
      {
        destroyKey: (uri) => {
          destroyKey(connection, uri);
        },
      },
    ],
    ["read-certificate", { readCertificate: (uri) => readCertificate(connection, uri) }],
    [
      "write-certificate",
      {
        writeCertificate: (uri, certificate) => {
          writeCertificate(connection, uri, certificate);
        },
      },
    ],
  ];
  return Object.assign(
    {},
    ...faces.flatMap(([ability, face]) => (can.includes(ability) ? [face] : [])),
  ) as Partial<Device>;
}

function infoOf(connection: TokenConnection): DeviceInfo {
  const { token, profile, library } = connection;
  const { info } = token;
  const generates = generatedRows(connection.mechanisms, profile);
  const maximumSessions = maximumSessionsOf(info);
  const { major, minor } = info.firmwareVersion;
  const can = abilitiesOf(connection, generates.length > 0);
  return {
    family: "pkcs11",
    manufacturer: unpadded(info.manufacturerID),
    model: unpadded(info.model),
    serial: token.serial,
    label: token.label,
    firmware: `${String(major)}.${String(minor)}`,
    profile: profile.name,
    library: library.path,
    ...(maximumSessions === undefined ? {} : { maximumSessions }),
    can,
    generates: can.includes("generate") ? generates : [],
  };
}

function abilitiesOf(connection: TokenConnection, generates: boolean): readonly DeviceAbility[] {
  const isWritable = (connection.token.info.flags & tokenFlags.writeProtected) === 0;
  const can: DeviceAbility[] = ["read-certificate", "random"];
  if (isWritable) can.push("import", "destroy", "write-certificate");
  if (isWritable && generates) can.push("generate");
  if (decrypts(connection)) can.push("decrypt");
  return can.filter((ability) => !connection.profile.lacks.includes(ability));
}

function decrypts({ mechanisms: has, profile }: TokenConnection): boolean {
  const sm2 = profile.sm2?.decryption?.mechanism;
  return [mechanisms.rsaOaep, mechanisms.ecdh1Derive, ...(sm2 === undefined ? [] : [sm2])].some((each) =>
    has.has(each),
  );
}

function randomOctets(connection: TokenConnection, length: number): Uint8Array {
  const { library, session } = connection.control();
  const octets = Buffer.alloc(length);
  return new Uint8Array(
    library.call("C_GenerateRandom", (module) => module.C_GenerateRandom(session, octets)),
  );
}

/** A profile has some dozens of numbers. */
const maximumProfileOctets = 65_536;

function profileOf(given: unknown): Pkcs11Profile {
  if (typeof given !== "string") return readPkcs11Profile(given);
  const file = given.startsWith("/") ? given : builtInFile(given);
  return readPkcs11Profile(jsonOf(file));
}

/** `ibm-ep11` and `pkcs11-ibm-ep11` are the same: in this place no other family's profile is meant. */
function builtInFile(name: string): string {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) throw noProfile(`"${name}" is not a profile's name`);
  return builtInProfileFile(name.startsWith("pkcs11-") ? name : `pkcs11-${name}`);
}

function jsonOf(file: string): unknown {
  try {
    if (statSync(file).size > maximumProfileOctets) throw noProfile(`${file} is too large for a profile`);
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch (cause) {
    if (cause instanceof KeyStoreError) throw cause;
    throw noProfile(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function noProfile(problem: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `PKCS#11 profile: ${problem}`, {
    facts: { profileField: "profile" },
  });
}
