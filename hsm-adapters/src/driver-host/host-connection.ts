import type {
  DeviceConnection,
  DeviceEvent,
  DriverFamily,
  SessionNumber,
  SignRequest,
} from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { readBytes, readList, readNothing, readOptional } from "../wire/index.ts";
import type { WireValue } from "../wire/index.ts";
import type { HostProcess } from "./host-process.ts";
import { operations } from "./operations.ts";
import {
  readDeviceEvent,
  readDeviceInfo,
  readDeviceKey,
  readPinStatus,
  readSessionNumber,
} from "./read-answers.ts";
import { signBodyLength, writeSignBody } from "./sign-frame.ts";

/** A device in a driver host. */
export interface DriverHostConnection extends DeviceConnection {
  /** Of the host, for whoever looks after the machine. */
  readonly processId: number | undefined;
}

/** Finding a device may mean waiting for a network, but not for ever. */
const openMilliseconds = 30_000;

/** How long a library may take to log out, and then the process to end, before it is killed. */
const closeMilliseconds = 3_000;

/**
 * Opens the device in a host that was started.
 *
 * @throws KeyStoreError what `Driver.open` throws; `driver-crashed`; `deadline-exceeded`. The host is gone then.
 */
export async function openHostConnection(
  host: HostProcess,
  family: DriverFamily,
  config: unknown,
): Promise<DriverHostConnection> {
  const { channel } = host;
  const plain = <Value>(operation: number, argument: unknown, read: (answer: WireValue) => Value) =>
    channel.call(operation, argument, read);
  const secret = <Value>(operation: number, argument: unknown, read: (answer: WireValue) => Value) =>
    channel.call(operation, argument, read, { isSecret: true });
  const device = await withinLimit(host, plain(operations.open, { family, config }, readDeviceInfo));
  let closing: Promise<void> | undefined;
  return {
    device,
    processId: host.processId,
    pinStatus: () => plain(operations.pinStatus, undefined, readPinStatus),
    login: (pin) => {
      const answer = secret(operations.login, pin, readNothing);
      pin?.fill(0);
      return answer;
    },
    logout: () => plain(operations.logout, undefined, readNothing),
    listKeys: () => plain(operations.listKeys, undefined, (keys) => readList(keys, readDeviceKey)),
    findKey: (uri) => plain(operations.findKey, uri, (key) => readOptional(key, readDeviceKey)),
    refresh: () => plain(operations.refresh, undefined, readNothing),
    openSession: () => plain(operations.openSession, undefined, readSessionNumber),
    sign: (session, request) => sign(host, session, request),
    decrypt: (session, request) => {
      const answer = secret(operations.decrypt, [session, request], readBytes);
      request.contextPin?.fill(0);
      return answer;
    },
    validateSession: (session) => plain(operations.validateSession, session, readNothing),
    closeSession: (session) => plain(operations.closeSession, session, readNothing),
    random: (length) => plain(operations.random, length, readBytes),
    generateKey: (request) => plain(operations.generateKey, request, readDeviceKey),
    importKey: (request) => secret(operations.importKey, request, readDeviceKey),
    destroyKey: (uri) => plain(operations.destroyKey, uri, readNothing),
    readCertificate: (uri) =>
      plain(operations.readCertificate, uri, (certificate) => readOptional(certificate, readBytes)),
    writeCertificate: (uri, certificate) =>
      plain(operations.writeCertificate, [uri, certificate], readNothing),
    onEvent: (listener: (event: DeviceEvent) => void) => {
      host.onEvent((event) => {
        listener(readDeviceEvent(event));
      });
    },
    ended: host.ended,
    kill: () => {
      host.kill();
    },
    close: () => (closing ??= close(host)),
  };
}

function sign(host: HostProcess, session: SessionNumber, request: SignRequest): Promise<Uint8Array> {
  const isSecret = request.contextPin !== undefined;
  const length = signBodyLength(request);
  const answer = host.channel.callWithBody(operations.sign, length, readBytes, isSecret, (body) => {
    writeSignBody(body, session, request);
  });
  request.contextPin?.fill(0);
  return answer;
}

async function close(host: HostProcess): Promise<void> {
  const limit = setTimeout(() => {
    host.kill();
  }, closeMilliseconds);
  try {
    await host.channel.call(operations.close, undefined, readNothing);
  } catch (cause) {
    // It is gone already, or it does not log out: either way nothing is left to do but to end it.
    if (!(cause instanceof KeyStoreError)) throw cause;
  } finally {
    host.endGently();
    await host.ended;
    clearTimeout(limit);
  }
}

async function withinLimit<Value>(host: HostProcess, answer: Promise<Value>): Promise<Value> {
  const limit = setTimeout(() => {
    const seconds = String(openMilliseconds / 1000);
    const message = `the driver did not open its device within ${seconds} seconds`;
    host.channel.fail(new KeyStoreError("deadline-exceeded", message));
  }, openMilliseconds);
  try {
    return await answer;
  } catch (cause) {
    host.kill();
    throw cause;
  } finally {
    clearTimeout(limit);
  }
}
