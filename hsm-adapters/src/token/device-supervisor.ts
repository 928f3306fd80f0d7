import type { DeviceConnection, DeviceInfo } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode, KeyUri } from "../key-store/index.ts";
import { Breaker } from "./breaker.ts";
import type { DeadlineWatch } from "./deadline-watch.ts";
import { DeviceAbsence } from "./device-absence.ts";
import type { HostStarter } from "./host-starter.ts";
import { InterruptiblePause } from "./interruptible-pause.ts";
import type { KeyTable } from "./key-table.ts";
import type { PinLatch } from "./pin-latch.ts";
import { recoveryActions } from "./recovery-actions.ts";
import { restartDelay } from "./restart-delay.ts";
import { sessionLimit } from "./session-limit.ts";
import type { SessionPool } from "./session-pool.ts";
import type { TokenCounters } from "./token-counters.ts";
import { asKeyStoreError, deadlineExceeded, refusedAgain, storeClosed } from "./token-errors.ts";
import type { TokenLog, TokenSettings } from "./token-options.ts";

export interface DeviceSupervisorDeps {
  readonly starter: HostStarter;
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

/**
 * Keeps a connection to the device: connects, logs in, notices the end, starts another host, waits for a device that is away.
 * It tells the pool who may come in; requests only see the pool.
 */
export class DeviceSupervisor {
  readonly #deps: DeviceSupervisorDeps;
  readonly #breaker: Breaker;
  readonly #absence: DeviceAbsence;
  readonly #pause = new InterruptiblePause();
  #state: DeviceState = "recovering";
  #connection: DeviceConnection | undefined;
  #device: DeviceInfo | undefined;
  #recovery: Promise<void> | undefined;
  #login: Promise<void> | undefined;
  #restarts: readonly number[] = [];
  #triesTold: number | undefined;

  constructor(deps: DeviceSupervisorDeps) {
    this.#deps = deps;
    const { failures, withinMilliseconds } = deps.settings.breaker;
    this.#breaker = new Breaker(failures, withinMilliseconds);
    this.#absence = new DeviceAbsence({
      pollMilliseconds: deps.settings.pollRemovedMilliseconds,
      pause: this.#pause,
      isAway: () => this.#state === "offline",
      answered: (connection, answer) => this.#answered(connection, answer),
    });
  }

  get state(): DeviceState {
    return this.#state;
  }

  /** Of the last connection; undefined before the first. */
  get device(): DeviceInfo | undefined {
    return this.#device;
  }

  /** Of the PIN, where the device said since the last good login that few are left. */
  get remainingTries(): number | undefined {
    return this.#triesTold;
  }

  /** The connection as it is, if there is one. */
  get current(): DeviceConnection | undefined {
    return this.#connection;
  }

  isClosed(): boolean {
    return this.#state === "closed";
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
      const isConnected = this.#connection !== undefined;
      if (error.code === "pin-required" && isConnected) return;
      if (this.#deps.settings.mustBePresent) {
        await this.close();
        throw error;
      }
      // A host that ended over it is being replaced already.
      if (this.#deps.latch.reason === undefined && this.#recovery === undefined) this.#goAway(error);
    }
  }

  /**
   * The connection, also one that is latched; while another host is started, the one that comes.
   *
   * @throws KeyStoreError why there is none now.
   */
  async connection(): Promise<DeviceConnection> {
    const { pool, watch, settings } = this.#deps;
    if (this.#state === "recovering" && this.#recovery !== undefined) {
      const late = (): KeyStoreError => deadlineExceeded("the driver host did not come back in time");
      await watch.within(this.#recovery, settings.requestMilliseconds, late);
    }
    const isThere = this.#state === "ready" || this.#state === "latched";
    if (isThere && this.#connection !== undefined) return this.#connection;
    throw pool.refusal() ?? new KeyStoreError("device-unreachable", "there is no connection to the device");
  }

  /** Logs in again on behalf of all who noticed that the login is gone. */
  logInAgain(connection: DeviceConnection): Promise<void> {
    if (connection !== this.#connection) return Promise.resolve();
    this.#login ??= this.#deps.latch.logIn(connection).finally(() => (this.#login = undefined));
    return this.#login;
  }

  /** A person activates the device. */
  async activate(pin: Uint8Array, allowLastTry: boolean): Promise<void> {
    try {
      const connection = await this.connection();
      await this.#deps.latch.activate(connection, pin, allowLastTry);
      this.#letIn(connection);
    } finally {
      pin.fill(0);
    }
  }

  /** One more error of the device itself. */
  countDeviceError(connection: DeviceConnection, { code }: KeyStoreError): void {
    if (this.#breaker.fail(this.#deps.clock())) this.restart(connection, code);
  }

  /** Ends the host, if it is still this one; another is started. */
  restart(connection: DeviceConnection, reason: KeyStoreErrorCode): void {
    if (connection !== this.#connection || this.isClosed()) return;
    if (reason !== "driver-crashed") this.#deps.log({ event: "host-killed", reason });
    this.#lose(connection);
    connection.kill();
  }

  killHost(): void {
    this.#connection?.kill();
  }

  /** No PIN is tried any more. */
  lockOut(): void {
    if (this.isClosed()) return;
    this.#state = "latched";
    this.#deps.pool.refuse(() => this.#deps.latch.refusal());
  }

  /** The device is away. */
  goOffline(connection: DeviceConnection, error: KeyStoreError): void {
    if (connection !== this.#connection || this.isClosed()) return;
    if (this.#state !== "offline") this.#deps.log({ event: "device-removed" });
    this.#goAway(error);
  }

  forgetKey(uri: KeyUri): void {
    this.#deps.keys.forget(uri);
  }

  /**
   * Makes keys visible that others made since; those who use sessions finish first.
   *
   * @throws KeyStoreError what the device says; it is brought back to work by other means then.
   */
  async refresh(): Promise<void> {
    const connection = await this.connection();
    const isReady = this.#state === "ready";
    const { pool, keys, latch } = this.#deps;
    if (isReady) await pool.quiet();
    try {
      await this.#answered(connection, connection.refresh());
      if (isReady) await latch.logIn(connection);
    } catch (cause) {
      const error = asKeyStoreError(cause);
      if (recoveryActions[error.code].action === "go-offline") this.goOffline(connection, error);
      else if (latch.reason === undefined) this.restart(connection, error.code);
      throw error;
    } finally {
      keys.forgetAll();
    }
    if (isReady) this.#letIn(connection);
  }

  /** Lets those finish who use sessions, refuses everybody else, and ends the host. */
  async close(): Promise<void> {
    if (this.isClosed()) return;
    this.#state = "closed";
    const { pool, watch, settings, starter } = this.#deps;
    const late = storeClosed;
    await watch.within(pool.drain(storeClosed), settings.deadlineMilliseconds, late).catch(() => undefined);
    this.#pause.interrupt();
    const connection = this.#connection;
    this.#connection = undefined;
    await starter.close(connection);
  }

  /** A connection that is logged in and lets requests in; one that is latched is kept too, for what needs no PIN. */
  async #connectAnew(): Promise<void> {
    const connection = await this.#deps.starter.start();
    if (this.isClosed()) {
      connection.kill();
      throw storeClosed();
    }
    this.#refuseAnother(connection);
    this.#adopt(connection);
    await this.#deps.latch.logIn(connection);
    if (connection !== this.#connection)
      throw new KeyStoreError("driver-crashed", "the host ended after the login");
    this.#letIn(connection);
  }

  /** The PIN is for the device that was there first; another in its place would see it, or lose a try over it. */
  #refuseAnother(connection: DeviceConnection): void {
    const { family, serial } = connection.device;
    if (this.#device === undefined || (this.#device.family === family && this.#device.serial === serial))
      return;
    connection.kill();
    const seen = [`${family} ${serial}`];
    throw new KeyStoreError("token-not-found", "another device is in the place of the one that was there", {
      facts: { seen },
    });
  }

  #adopt(connection: DeviceConnection): void {
    const { keys, log } = this.#deps;
    this.#connection = connection;
    this.#device = connection.device;
    keys.forgetAll();
    this.#breaker.reset();
    const isCurrent = (): boolean => connection === this.#connection && !this.isClosed();
    connection.onEvent((event) => {
      if (!isCurrent()) return;
      if (event.kind === "inserted") this.#pause.interrupt();
      else if (event.kind === "pin-low") this.#tellTries(event.remainingTries);
      else this.goOffline(connection, new KeyStoreError("device-removed", "the device was removed"));
    });
    void connection.ended.then(({ signal, lastWords }) => {
      if (!isCurrent()) return;
      log({ event: "host-ended", lastWords, ...(signal !== undefined && { signal }) });
      this.#lose(connection);
    });
  }

  /** Once for each number, however often a driver says it. */
  #tellTries(remainingTries: number): void {
    if (remainingTries === this.#triesTold) return;
    this.#triesTold = remainingTries;
    this.#deps.log({ event: "pin-low", remainingTries });
  }

  #letIn(connection: DeviceConnection): void {
    if (connection !== this.#connection || this.isClosed()) return;
    if (this.#state === "offline") this.#deps.log({ event: "device-returned" });
    this.#state = "ready";
    // A good login gives a device all its tries back.
    this.#triesTold = undefined;
    this.#deps.pool.attach(connection, sessionLimit(this.#deps.settings.sessions, connection.device));
  }

  /** The connection is gone: those who wait go on waiting for the next. */
  #lose(connection: DeviceConnection): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    this.#deps.counters.lost();
    // Whoever waits for the device connects anew then.
    if (this.#state === "offline") return;
    this.#state = "recovering";
    this.#deps.pool.suspend();
    this.#recovery ??= this.#recover().finally(() => (this.#recovery = undefined));
  }

  async #recover(): Promise<void> {
    const { clock, counters, log, pool } = this.#deps;
    const startedAt = clock();
    const { delay, restarts } = restartDelay(this.#restarts, startedAt);
    this.#restarts = restarts;
    if (delay > 0) {
      pool.refuse(
        refusedAgain(new KeyStoreError("driver-crashed", "the driver host crashes again and again")),
      );
      await this.#pause.wait(delay);
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
    const { log, latch } = this.#deps;
    log({ event: "connecting-failed", code: error.code, message: error.message });
    // Latched, a connection is still good for what needs no PIN.
    if (latch.reason !== undefined && this.#connection !== undefined) this.lockOut();
    else this.#goAway(error);
  }

  /** Nobody comes in until the device is back; looks for it until then. */
  #goAway(error: KeyStoreError): void {
    if (this.#state === "offline") return;
    this.#state = "offline";
    this.#deps.keys.forgetAll();
    this.#deps.pool.refuse(refusedAgain(error));
    void this.#absence.last(
      () => this.#tryToReturn(),
      (reason) => {
        this.#deps.pool.refuse(refusedAgain(reason));
      },
    );
  }

  async #tryToReturn(): Promise<void> {
    const connection = this.#connection;
    try {
      if (connection === undefined) {
        await this.#connectAnew();
        return;
      }
      await this.#absence.ask(connection);
      await this.#deps.latch.logIn(connection);
      this.#letIn(connection);
    } catch (cause) {
      if (this.#deps.latch.reason === undefined || this.#connection === undefined) throw cause;
      this.lockOut();
    }
  }

  #answered<Value>(connection: DeviceConnection, answer: Promise<Value>): Promise<Value> {
    const { watch, settings } = this.#deps;
    const late = (): KeyStoreError => {
      const error = deadlineExceeded("the device did not answer");
      this.restart(connection, error.code);
      return error;
    };
    return watch.within(answer, settings.deadlineMilliseconds, late, true);
  }
}
