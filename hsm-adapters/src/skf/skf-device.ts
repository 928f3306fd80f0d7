import { checkOutput, createOutput } from "../device-profile/index.ts";
import type { Device, DeviceAbility, DeviceEvent, DeviceInfo } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { readSized } from "./skf-calls.ts";
import type { SkfFunctionName } from "./skf-calls.ts";
import type { SkfConnection } from "./skf-connection.ts";
import { generateKey } from "./skf-generate.ts";
import { describeKey, listKeys, placeOf, unlessAbsent } from "./skf-keys.ts";
import type { KeyPlace } from "./skf-keys.ts";
import { SkfLogin } from "./skf-login.ts";
import { terminated } from "./skf-names.ts";
import { createSkfSession } from "./skf-session.ts";
import { watchPresence } from "./watch-presence.ts";

/** A certificate with many extensions has 3 KB. */
const certificateRoom = 16_384;
/** More random octets than anybody asks for at once. */
const maximumRandomOctets = 4_096;

/** What the functions of a library make possible. */
const neededFor: Readonly<Partial<Record<DeviceAbility, readonly SkfFunctionName[]>>> = {
  generate: ["SKF_CreateContainer", "SKF_GenECCKeyPair", "SKF_DeleteContainer"],
  destroy: ["SKF_DeleteContainer"],
  "read-certificate": ["SKF_ExportCertificate"],
  "write-certificate": ["SKF_ImportCertificate"],
  decrypt: ["SKF_ECCDecrypt"],
  random: ["SKF_GenRandom"],
  events: ["SKF_GetDevState"],
};

/** An open connection as a device. Every call is made at once, one after the other. */
export function createSkfDevice(connection: SkfConnection): Device {
  let tell: (event: DeviceEvent) => void = () => undefined;
  let stopWatching: () => void = () => undefined;
  const login = new SkfLogin(connection, (event) => {
    tell(event);
  });
  const info = deviceInfo(connection);
  return {
    info,
    pinStatus: () => login.status(),
    login: (pin) => {
      login.login(pin);
    },
    logout: () => {
      login.logout();
    },
    listKeys: () => listKeys(connection),
    findKey: (uri) => findKey(connection, uri),
    refresh: () => {
      login.forget();
      connection.reopen();
    },
    openSession: () => {
      if (connection.reopenIfLost()) login.forget();
      connection.checkAlive();
      return createSkfSession(connection);
    },
    ...optionalMembers(connection, info.can),
    onEvent: (listener) => {
      tell = listener;
      stopWatching();
      if (info.can.includes("events")) stopWatching = watchPresence(connection, listener);
    },
    close: () => {
      stopWatching();
      login.logout();
      connection.close();
    },
  };
}

function deviceInfo({ calls, config, description, applicationName }: SkfConnection): DeviceInfo {
  const can = (Object.keys(neededFor) as DeviceAbility[]).filter((ability) =>
    neededFor[ability]?.every((name) => calls.has(name)),
  );
  return {
    family: "skf",
    manufacturer: description.manufacturer,
    model: description.model,
    serial: description.serial,
    label: `${description.label} ${applicationName}`.trim(),
    firmware: description.firmware,
    profile: config.profile.name,
    library: calls.library,
    can,
    generates: can.includes("generate") ? ["SM2"] : [],
  };
}

function optionalMembers(connection: SkfConnection, can: readonly DeviceAbility[]): Partial<Device> {
  const members: Partial<Record<DeviceAbility, Partial<Device>>> = {
    generate: {
      generateKey: (request) => connection.exclusively(() => generateKey(connection, request)),
    },
    destroy: {
      destroyKey: (uri) => {
        connection.exclusively(() => {
          destroyKey(connection, uri);
        });
      },
    },
    "read-certificate": { readCertificate: (uri) => readCertificate(connection, uri) },
    "write-certificate": {
      writeCertificate: (uri, certificate) => {
        connection.exclusively(() => {
          writeCertificate(connection, uri, certificate);
        });
      },
    },
    random: { random: (length) => random(connection, length) },
  };
  return Object.assign({}, ...can.map((ability) => members[ability])) as Partial<Device>;
}

function findKey(connection: SkfConnection, uri: KeyUri) {
  const place = placeOf(connection, uri);
  return place === undefined ? undefined : describeKey(connection, place);
}

/** @throws KeyStoreError `key-not-found`. */
function existingPlace(connection: SkfConnection, uri: KeyUri): KeyPlace {
  const place = placeOf(connection, uri);
  if (place !== undefined && describeKey(connection, place) !== undefined) return place;
  throw new KeyStoreError("key-not-found", `there is no key ${uri}`, { facts: { uri } });
}

function destroyKey(connection: SkfConnection, uri: KeyUri): void {
  const { container, use } = existingPlace(connection, uri);
  if (use === "encrypt") {
    const both = "the interface has no call that destroys a pair for encryption alone";
    throw new KeyStoreError("operation-not-supported", both, { facts: { uri } });
  }
  if (describeKey(connection, { container, use: "encrypt" }) !== undefined) {
    const both =
      "the container would be deleted with its pair for encryption, and what was encrypted to it lost";
    throw new KeyStoreError("operation-not-supported", `${both}: use the vendor's tool`, { facts: { uri } });
  }
  connection.forgetContainer(container);
  connection.call("SKF_DeleteContainer", connection.application, terminated(container));
}

function readCertificate(connection: SkfConnection, uri: KeyUri): Uint8Array | undefined {
  const { container, use } = existingPlace(connection, uri);
  const handle = connection.openContainer(container);
  const reading = { name: "SKF_ExportCertificate", room: certificateRoom, field: "ulongOctets" } as const;
  const certificate = unlessAbsent(() =>
    connection.noticeLoss(() => readSized(connection.calls, reading, handle, flagOf(use))),
  );
  // Some libraries answer that all is well, and no octets.
  return certificate?.length === 0 ? undefined : certificate?.slice();
}

function writeCertificate(connection: SkfConnection, uri: KeyUri, certificate: Uint8Array): void {
  const { container, use } = existingPlace(connection, uri);
  const handle = connection.openContainer(container);
  connection.call("SKF_ImportCertificate", handle, flagOf(use), certificate, certificate.length);
}

/** TRUE is the signing pair and its certificate, FALSE the pair for encryption. */
function flagOf(use: KeyPlace["use"]): number {
  return use === "sign" ? 1 : 0;
}

function random(connection: SkfConnection, length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > maximumRandomOctets) {
    throw new KeyStoreError(
      "operation-not-supported",
      `1 to ${String(maximumRandomOctets)} random octets at once`,
    );
  }
  const output = createOutput(length, "ulongOctets");
  connection.call("SKF_GenRandom", connection.device, output.memory, length);
  checkOutput(connection.calls.profile, "SKF_GenRandom", output);
  return output.octets.slice();
}
