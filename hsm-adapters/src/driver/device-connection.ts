import type { KeyUri } from "../key-store/index.ts";
import type {
  DecryptRequest,
  DeviceEvent,
  DeviceInfo,
  DeviceKey,
  GenerateRequest,
  ImportRequest,
  PinStatus,
  SignRequest,
} from "./driver.ts";

/** Numbers a session within one connection; never used again. */
export type SessionNumber = number;

/**
 * An open device as the token client sees it: in a driver host, or in this process for tests. Every call rejects with
 * KeyStoreError `driver-crashed` once the connection has ended, also those in flight. There are no deadlines here: the token client
 * has them, and ends a connection that does not answer.
 */
export interface DeviceConnection {
  readonly device: DeviceInfo;
  pinStatus(): Promise<PinStatus>;
  /** @param pin overwritten as soon as it was sent. */
  login(pin: Uint8Array | undefined): Promise<void>;
  logout(): Promise<void>;
  listKeys(): Promise<readonly DeviceKey[]>;
  findKey(uri: KeyUri): Promise<DeviceKey | undefined>;
  refresh(): Promise<void>;
  openSession(): Promise<SessionNumber>;
  sign(session: SessionNumber, request: SignRequest): Promise<Uint8Array>;
  decrypt(session: SessionNumber, request: DecryptRequest): Promise<Uint8Array>;
  validateSession(session: SessionNumber): Promise<void>;
  closeSession(session: SessionNumber): Promise<void>;
  random(length: number): Promise<Uint8Array>;
  generateKey(request: GenerateRequest): Promise<DeviceKey>;
  importKey(request: ImportRequest): Promise<DeviceKey>;
  destroyKey(uri: KeyUri): Promise<void>;
  readCertificate(uri: KeyUri): Promise<Uint8Array | undefined>;
  writeCertificate(uri: KeyUri, certificate: Uint8Array): Promise<void>;
  onEvent(listener: (event: DeviceEvent) => void): void;
  /** Resolves once the other side is gone, for whatever reason; never rejects. */
  readonly ended: Promise<ConnectionEnd>;
  /** Ends it at once, without asking the library: SIGKILL for a process. */
  kill(): void;
  /** Closes sessions, logs out, ends the process. */
  close(): Promise<void>;
}

export interface ConnectionEnd {
  readonly wasAsked: boolean;
  /** SIGSEGV and the like. */
  readonly signal?: string;
  readonly exitCode?: number;
  /** The end of what the process wrote to standard error, cut; a driver writes no secret there. */
  readonly lastWords: string;
}

/**
 * Opens a new connection to the same device; the token client calls it again after a crash. A connector of driver hosts may
 * keep a spare process for the next call.
 *
 * @throws KeyStoreError what `Driver.open` throws; `driver-crashed` if the process ended before it answered.
 */
export interface Connect {
  (): Promise<DeviceConnection>;
  /** Ends what was prepared for the next connection. Called once, when there will be none. */
  readonly release?: () => Promise<void>;
}
