import { DeviceCalls } from "../driver/index.ts";
import type { Driver, DriverFamily, MaybePromise } from "../driver/index.ts";
import { driverFamilies } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { secretCopy } from "../pin/index.ts";
import {
  AnswerChannel,
  decodeWireValue,
  readBytes,
  readKeyUri,
  readList,
  readNumber,
  readOneOf,
  readOptional,
  readRecord,
  WireError,
} from "../wire/index.ts";
import type { WireValue, WriteOctets } from "../wire/index.ts";
import { operations } from "./operations.ts";
import { readDecryptRequest, readGenerateRequest, readImportRequest } from "./read-calls.ts";
import { readSignBody } from "./sign-frame.ts";

export interface ServeDriverOptions {
  readonly write: WriteOctets;
  /** Gives the code of a family; it may need a native module. */
  readonly loadDriver: (family: DriverFamily) => Promise<Driver>;
  /** Called when nothing more can be answered: end the process. */
  readonly onFailure: (cause: unknown) => void;
}

type Call = (calls: DeviceCalls, argument: WireValue) => unknown;

/** All that is asked of an open device but signing. */
const callsByOperation: ReadonlyMap<number, Call> = new Map<number, Call>([
  [operations.pinStatus, (calls) => calls.pinStatus()],
  [operations.login, (calls, pin) => calls.login(readOptional(pin, readBytes))],
  [operations.logout, (calls) => calls.logout()],
  [operations.listKeys, (calls) => calls.listKeys()],
  [operations.findKey, (calls, uri) => calls.findKey(readKeyUri(uri))],
  [operations.refresh, (calls) => calls.refresh()],
  [operations.openSession, (calls) => calls.openSession()],
  [operations.decrypt, decrypt],
  [operations.validateSession, (calls, session) => calls.validateSession(readNumber(session))],
  [operations.closeSession, (calls, session) => calls.closeSession(readNumber(session))],
  [operations.random, (calls, length) => calls.random(readNumber(length))],
  [operations.generateKey, (calls, request) => calls.generateKey(readGenerateRequest(request))],
  [operations.importKey, (calls, request) => calls.importKey(readImportRequest(request))],
  [operations.destroyKey, (calls, uri) => calls.destroyKey(readKeyUri(uri))],
  [operations.readCertificate, (calls, uri) => calls.readCertificate(readKeyUri(uri))],
  [operations.writeCertificate, writeCertificate],
  [operations.close, (calls) => calls.close()],
]);

export interface ServedDriver {
  readonly channel: AnswerChannel;
  /** Whether the device was closed as it should be. */
  isClosed(): boolean;
}

/** The inside of a driver host: one device, opened once, and the calls on it. */
export function serveDriver({ write, loadDriver, onFailure }: ServeDriverOptions): ServedDriver {
  let isClosed = false;
  let calls: DeviceCalls | undefined;
  const open = async (argument: WireValue): Promise<unknown> => {
    const { family, config } = readRecord(argument);
    const driver = await loadDriver(readOneOf(family, driverFamilies));
    if (calls !== undefined) throw new WireError("a device is open already");
    calls = new DeviceCalls(await driver.open(config));
    calls.onEvent((event) => {
      channel.tell(event);
    });
    return calls.device;
  };
  const answer = (operation: number, body: Buffer): unknown => {
    if (operation === operations.sign && calls !== undefined) {
      const { session, request } = readSignBody(body);
      return calls.sign(session, request);
    }
    // Views of this copy are what a driver gets, and a PIN among them is overwritten in it.
    const argument = decodeWireValue(secretCopy(body));
    if (operation === operations.load) return load(loadDriver, argument);
    if (operation === operations.open) return open(argument);
    const call = callsByOperation.get(operation);
    if (call === undefined || calls === undefined) throw new WireError("a call that cannot be made");
    if (operation === operations.close) isClosed = true;
    return call(calls, argument);
  };
  const channel = new AnswerChannel({ write, answer, errorOf, onFailure });
  return { channel, isClosed: () => isClosed };
}

async function load(
  loadDriver: (family: DriverFamily) => Promise<Driver>,
  argument: WireValue,
): Promise<void> {
  await loadDriver(readOneOf(argument, driverFamilies));
}

function decrypt(calls: DeviceCalls, argument: WireValue): MaybePromise<Uint8Array> {
  const [session, request] = readList(argument, (item) => item);
  return calls.decrypt(readNumber(session), readDecryptRequest(request));
}

function writeCertificate(calls: DeviceCalls, argument: WireValue): MaybePromise<void> {
  const [uri, certificate] = readList(argument, (item) => item);
  return calls.writeCertificate(readKeyUri(uri), readBytes(certificate));
}

function errorOf(cause: unknown): KeyStoreError {
  if (cause instanceof KeyStoreError) return cause;
  if (cause instanceof WireError) throw cause;
  // A fault of the driver: its words, which are about code, and never its stack.
  return new KeyStoreError(
    "device-error",
    `the driver failed: ${cause instanceof Error ? cause.message : "?"}`,
  );
}
