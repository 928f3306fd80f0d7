import type { Connect, DeviceConnection, DeviceInfo } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";
import { Breaker } from "./breaker.ts";
import type { DeadlineWatch } from "./deadline-watch.ts";
import type { KeyTable } from "./key-table.ts";
import type { PinLatch } from "./pin-latch.ts";
import { recoveryActions } from "./recovery-actions.ts";
import { restartDelay } from "./restart-delay.ts";
import type { SessionPool } from "./session-pool.ts";
import { SpareConnection } from "./spare-connection.ts";
import type { TokenCounters } from "./token-counters.ts";
import { asKeyStoreError, deadlineExceeded, refusedAgain, storeClosed } from "./token-errors.ts";
import type { TokenLog, TokenSettings } from "./token-options.ts";

export interface DeviceSupervisorDeps {
  readonly connect: Connect;
  readonly settings: TokenSettings;
  readonly clock: () => number;
  readonly watch: DeadlineWatch;
  readonly pool: SessionPool;
  readonly latch: PinLatch;
  readonly keys: KeyTable;
  readonly counters: TokenCounters;
  readonly log: TokenLog;
}

export type DeviceState = "ready" | "recovering" | "offline" | "latched" | "closed";

/** Sessions left for an operator's tools beside the service. */
const sessionsForOthers = 2;
const defaultSessions = 16;

/** At most one refresh a second for keys that nobody knows: who asks for nonsense must not stop those who sign. */
const refreshPauseMilliseconds = 1_000;

/** A device that stays away although it answers may need its library initialised anew. */
const pollsBetweenRefreshes = 3;

/** How long a host that was asked to close may take before it is ended. */
const closeMilliseconds = 3_000;

/**
 * Keeps a connection to the device: connects, logs in, notices the end, starts another host, waits for a device that is away.
 * It tells the pool who may come in; requests only see the pool.
 */
export class DeviceSupervisor {
  readonly #deps: DeviceSupervisorDeps;
  readonly #breaker: Breaker;
  readonly #spare: SpareConnection;
  #state: DeviceState = "recovering";
  #connection: DeviceConnection | undefined;
  #device: DeviceInfo | undefined;
  #recovery: Promise<void> | undefined;
  #login: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #refreshedAt = -Infinity;
  #restarts: number[] = [];
  #wake: () => void = () => undefined;
  #polls = 0;

  constructor(deps: DeviceSupervisorDeps) {
    this.#deps = deps;
    const { failures, withinMilliseconds } = deps.settings.breaker;
    this.#breaker = new Breaker(failures, withinMilliseconds);
    this.#spare = new SpareConnection(deps.settings.spare ? deps.connect : undefined);
  }

  get state(): DeviceState {
    return this.#state;
  }

  /** Of the last connection; undefined before the first. */
  get device(): DeviceInfo | undefined {
    return this.#device;
  }

  /**
   * Connects for the first time.
   *
   * @throws KeyStoreError what connecting and logging in throw, unless the device need not be there; `pin-required` only latches.
   */
  async start(): Promise<void> {
    try {
      await this.#connectAnew();
    } catch (cause) {
      const error = asKeyStoreError(cause);
      if (error.code === "pin-required" && this.#connection !== undefined) return;
      if (this.#deps.settings.mustBePresent) {
        await this.close();
        throw error;
      }
      if (this.#connection === undefined) this.#goAway(error);
    }
  }

  /**
   * The connection, also one that is latched.
   *
   * @throws KeyStoreError why there is none now.
   */
  async connection(): Promise<DeviceConnection> {
    if (this.#state === "recovering") {
      const late = (): KeyStoreError => deadlineExceeded("the driver host did not come back in time");
      const { watch, settings } = this.#deps;
      await watch.within(this.#recovery ?? Promise.resolve(), settings.requestMilliseconds, late);
    }
    const { pool } = this.#deps;
    if (this.#connection === undefined || this.#state === "offline" || this.#state === "closed") {
      throw pool.refusal() ?? new KeyStoreError("device-unreachable", "there is no connection to the device");
    }
    return this.#connection;
  }

  /** Logs in again on behalf of all who noticed that the login is gone. */
  logInAgain(connection: DeviceConnection): Promise<void> {
    if (connection !== this.#connection) return Promise.resolve();
    this.#login ??= this.#deps.latch.logIn(connection).finally(() => (this.#login = undefined));
    return this.#login;
  }

  /** A person activates the device. */
  async activate(pin: Uint8Array, allowLastTry: boolean): Promise<void> {
    const connection = await this.connection();
    await this.#deps.latch.activate(connection, pin, allowLastTry);
    this.#letIn(connection);
  }

  /** One more error of the device itself. */
  countDeviceError(connection: DeviceConnection, error: KeyStoreError): void {
    if (this.#breaker.fail(this.#deps.clock())) this.restart(connection, error.code);
  }

  /** Ends the host, if it is still this one; another is started. */
  restart(connection: DeviceConnection, reason: KeyStoreErrorCode): void {
    if (connection !== this.#connection || this.#state === "closed") return;
    if (reason !== "driver-crashed") this.#deps.log({ event: "host-killed", reason });
    connection.kill();
    this.#lose(connection);
  }

  killHost(): void {
    this.#connection?.kill();
  }

  /** No PIN is tried any more. */
  lockOut(): void {
    if (this.#state === "closed") return;
    this.#state = "latched";
    this.#deps.pool.refuse(() => this.#deps.latch.refusal());
  }

  /** The device is away. */
  goOffline(connection: DeviceConnection, error: KeyStoreError): void {
    if (connection === this.#connection && this.#state !== "closed") this.#goAway(error);
  }

  /** Makes keys visible that others made since; those who use sessions finish first. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** As {@link refresh}, at most once a second. @returns whether it was done. */
  async refreshUnlessFresh(): Promise<boolean> {
    const now = this.#deps.clock();
    if (this.#refreshing === undefined && now - this.#refreshedAt < refreshPauseMilliseconds) return false;
    await this.refresh();
    return true;
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    const { pool, watch, settings } = this.#deps;
    await watch
      .within(pool.drain(storeClosed), settings.deadlineMilliseconds, storeClosed)
      .catch(() => undefined);
    this.#wake();
    const connection = this.#connection;
    this.#connection = undefined;
    await Promise.all([
      closeOrKill(connection, watch),
      this.#spare.close((other) => closeOrKill(other, watch)),
    ]);
  }

  /** A connection that is logged in and lets requests in; one that is latched is kept too, for what needs no PIN. */
  async #connectAnew(): Promise<void> {
    const { settings, watch } = this.#deps;
    const late = (): KeyStoreError => deadlineExceeded("the driver host did not start in time");
    const starting = this.#spare.take() ?? this.#deps.connect();
    let connection: DeviceConnection;
    try {
      connection = await watch.within(starting, settings.requestMilliseconds, late);
    } catch (cause) {
      // Whatever comes after its time is ended.
      starting.then(
        (other) => {
          other.kill();
        },
        () => undefined,
      );
      throw cause;
    }
    if (this.#state === "closed") {
      connection.kill();
      throw storeClosed();
    }
    this.#adopt(connection);
    await this.#deps.latch.logIn(connection);
    this.#letIn(connection);
  }

  #adopt(connection: DeviceConnection): void {
    this.#connection = connection;
    this.#device = connection.device;
    this.#deps.keys.forgetAll();
    this.#breaker.reset();
    connection.onEvent((event) => {
      if (connection !== this.#connection) return;
      if (event.kind === "inserted") this.#wake();
      else if (event.kind === "removed")
        this.goOffline(connection, new KeyStoreError("device-removed", "the device was removed"));
      else this.#deps.log({ event: "pin-low", remainingTries: event.remainingTries });
    });
    void connection.ended.then(({ wasAsked, signal, lastWords }) => {
      if (connection !== this.#connection || this.#state === "closed") return;
      this.#deps.log({ event: "host-ended", lastWords, ...(signal !== undefined && { signal }) });
      if (!wasAsked || this.#state !== "recovering") this.#lose(connection);
    });
  }

  #letIn(connection: DeviceConnection): void {
    if (connection !== this.#connection || this.#state === "closed") return;
    const wasAway = this.#state === "offline";
    this.#state = "ready";
    this.#polls = 0;
    this.#deps.pool.attach(connection, this.#sessionLimit(connection));
    this.#spare.prepare();
    if (wasAway) this.#deps.log({ event: "device-returned" });
  }

  #sessionLimit({ device: { maximumSessions } }: DeviceConnection): number {
    const { sessions } = this.#deps.settings;
    const allowed =
      maximumSessions === undefined ? Infinity : Math.max(1, maximumSessions - sessionsForOthers);
    return Math.min(sessions ?? defaultSessions, allowed);
  }

  /** The connection is gone: those who wait go on waiting for the next. */
  #lose(connection: DeviceConnection): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    this.#deps.counters.lost();
    if (this.#state === "offline") {
      this.#wake();
      return;
    }
    this.#state = "recovering";
    this.#deps.pool.suspend();
    this.#recovery ??= this.#recover().finally(() => (this.#recovery = undefined));
  }

  async #recover(): Promise<void> {
    const { clock, counters, log } = this.#deps;
    const startedAt = clock();
    const delay = this.#countRestart(startedAt);
    if (delay > 0) {
      const error = new KeyStoreError("driver-crashed", "the driver host crashes again and again");
      this.#deps.pool.refuse(refusedAgain(error));
      await this.#sleep(delay);
    }
    if (this.isClosed()) return;
    try {
      await this.#connectAnew();
      counters.restarted();
      log({ event: "host-restarted", milliseconds: clock() - startedAt });
    } catch (cause) {
      this.#failToConnect(asKeyStoreError(cause));
    }
  }

  #failToConnect(error: KeyStoreError): void {
    if (this.isClosed()) return;
    const { log, latch, counters } = this.#deps;
    log({ event: "connecting-failed", code: error.code, message: error.message });
    if (latch.reason !== undefined && this.#connection !== undefined) {
      counters.restarted();
      this.lockOut();
    } else this.#goAway(error);
  }

  #countRestart(now: number): number {
    const { delay, restarts } = restartDelay(this.#restarts, now);
    this.#restarts = restarts;
    return delay;
  }

  isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Nobody comes in until the device is back; looks for it until then. */
  #goAway(error: KeyStoreError): void {
    if (this.#state === "offline") return;
    this.#state = "offline";
    this.#deps.keys.forgetAll();
    this.#deps.pool.refuse(refusedAgain(error));
    if (recoveryActions[error.code].action === "go-offline") this.#deps.log({ event: "device-removed" });
    void this.#lookForDevice();
  }

  async #lookForDevice(): Promise<void> {
    while (this.#state === "offline") {
      await this.#sleep(this.#deps.settings.pollRemovedMilliseconds);
      if (this.#state !== "offline") return;
      try {
        await this.#tryToReturn();
        return;
      } catch (cause) {
        const error = asKeyStoreError(cause);
        if (this.#deps.latch.reason !== undefined && this.#connection !== undefined) {
          this.lockOut();
          return;
        }
        this.#deps.pool.refuse(refusedAgain(error));
      }
    }
  }

  async #tryToReturn(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) {
      await this.#connectAnew();
      return;
    }
    this.#polls += 1;
    try {
      if (this.#polls % pollsBetweenRefreshes === 0) await this.#answered(connection.refresh());
      await this.#answered(connection.pinStatus());
      // Some devices say without looking whether they need a PIN; none opens a session while it is away.
      const session = await this.#answered(connection.openSession());
      await this.#answered(connection.closeSession(session));
    } catch (cause) {
      const { code } = asKeyStoreError(cause);
      if (code === "deadline-exceeded" || code === "driver-crashed") {
        connection.kill();
        this.#connection = undefined;
      }
      throw cause;
    }
    await this.#deps.latch.logIn(connection);
    this.#letIn(connection);
  }

  async #refresh(): Promise<void> {
    const connection = await this.connection();
    const isReady = this.#state === "ready";
    const { pool, keys, latch } = this.#deps;
    if (isReady) await pool.quiet();
    try {
      await this.#answered(connection.refresh());
    } catch (cause) {
      const error = asKeyStoreError(cause);
      const { action } = recoveryActions[error.code];
      if (action === "go-offline") this.goOffline(connection, error);
      else this.restart(connection, error.code);
      throw error;
    } finally {
      keys.forgetAll();
      this.#refreshedAt = this.#deps.clock();
    }
    if (!isReady) return;
    await latch.logIn(connection);
    this.#letIn(connection);
  }

  #answered<Value>(answer: Promise<Value>): Promise<Value> {
    const { watch, settings } = this.#deps;
    const late = (): KeyStoreError => deadlineExceeded("the device did not answer");
    return watch.within(answer, settings.deadlineMilliseconds, late, true);
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function closeOrKill(connection: DeviceConnection | undefined, watch: DeadlineWatch): Promise<void> {
  if (connection === undefined) return;
  try {
    await watch.within(connection.close(), closeMilliseconds, storeClosed);
  } catch {
    // It does not matter how: the process must be gone.
    connection.kill();
  }
}
