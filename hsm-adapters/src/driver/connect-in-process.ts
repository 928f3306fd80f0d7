import { KeyStoreError } from "../key-store/index.ts";
import { secretCopy } from "../pin/index.ts";
import { DeviceCalls } from "./device-calls.ts";
import type { ConnectionEnd, DeviceConnection } from "./device-connection.ts";
import type { Driver, MaybePromise } from "./driver.ts";

/**
 * A device of a driver in this very process, as it looks through a driver host: for tests of drivers and of the token client. Not for
 * a service, which a library could take down with it.
 *
 * @throws KeyStoreError what {@link Driver.open} throws.
 */
export async function connectInProcess(driver: Driver, config: unknown): Promise<DeviceConnection> {
  const calls = new DeviceCalls(await driver.open(config));
  const ending = createEnding();
  /** Answers in a later turn, as another process does, and only as long as the connection is there. */
  const call = <Value>(body: () => MaybePromise<Value>): Promise<Value> =>
    ending.answerOf(Promise.resolve().then(ending.refuseIfEnded).then(body));
  return {
    device: calls.device,
    pinStatus: () => call(() => calls.pinStatus()),
    login: (pin) => {
      const sent = pin === undefined ? undefined : secretCopy(pin);
      pin?.fill(0);
      return call(() => calls.login(sent));
    },
    logout: () => call(() => calls.logout()),
    listKeys: () => call(() => calls.listKeys()),
    findKey: (uri) => call(() => calls.findKey(uri)),
    refresh: () => call(() => calls.refresh()),
    openSession: () => call(() => calls.openSession()),
    sign: (session, request) => call(() => calls.sign(session, request)),
    decrypt: (session, request) => call(() => calls.decrypt(session, request)),
    validateSession: (session) => call(() => calls.validateSession(session)),
    closeSession: (session) => call(() => calls.closeSession(session)),
    random: (length) => call(() => calls.random(length)),
    generateKey: (request) => call(() => calls.generateKey(request)),
    importKey: (request) => call(() => calls.importKey(request)),
    destroyKey: (uri) => call(() => calls.destroyKey(uri)),
    readCertificate: (uri) => call(() => calls.readCertificate(uri)),
    writeCertificate: (uri, certificate) => call(() => calls.writeCertificate(uri, certificate)),
    onEvent: (listener) => {
      calls.onEvent(listener);
    },
    ended: ending.ended,
    kill: () => {
      ending.end({ wasAsked: true, signal: "SIGKILL", lastWords: "" });
    },
    close: async () => {
      if (ending.hasEnded()) return;
      await calls.close();
      ending.end({ wasAsked: true, exitCode: 0, lastWords: "" });
    },
  };
}

function createEnding() {
  const waiting = new Set<(reason: KeyStoreError) => void>();
  let hasEnded = false;
  let tell: (end: ConnectionEnd) => void = () => undefined;
  const ended = new Promise<ConnectionEnd>((resolve) => (tell = resolve));
  return {
    ended,
    hasEnded: () => hasEnded,
    refuseIfEnded: (): void => {
      if (hasEnded) throw connectionEnded();
    },
    end: (how: ConnectionEnd): void => {
      hasEnded = true;
      tell(how);
      for (const reject of waiting) reject(connectionEnded());
    },
    /** The answer, or `driver-crashed` if the connection ends before it. */
    answerOf: <Value>(answer: Promise<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        waiting.add(reject);
        answer.then(resolve, reject).finally(() => waiting.delete(reject));
      }),
  };
}

function connectionEnded(): KeyStoreError {
  return new KeyStoreError("driver-crashed", "the connection to the device has ended");
}
