import type { DeviceConnection, SessionNumber } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { Deadline, DeadlineWatch } from "./deadline-watch.ts";
import { asKeyStoreError, deadlineExceeded } from "./token-errors.ts";

/** A session that somebody uses, or that waits for somebody. */
export interface PooledSession {
  readonly number: SessionNumber;
  readonly connection: DeviceConnection;
  usedAt: number;
  /** It is not used again. */
  isCondemned: boolean;
}

export interface SessionPoolDeps {
  readonly clock: () => number;
  readonly watch: DeadlineWatch;
  readonly queueLimit: number;
  readonly idleValidateMilliseconds: number;
  readonly onEvicted: (error: KeyStoreError) => void;
  /** The answer in its time; a host that is later is ended. */
  readonly answered: <Value>(connection: DeviceConnection, answer: Promise<Value>) => Promise<Value>;
}

interface Waiter {
  readonly resolve: (session: PooledSession) => void;
  readonly reject: (error: KeyStoreError) => void;
  readonly deadline: Deadline;
}

type Gate =
  | {
      readonly kind: "open";
      readonly connection: DeviceConnection;
      /** As many as the device gave, which may be fewer than were wanted. */
      limit: number;
      readonly wanted: number;
      limitedAt: number;
    }
  /** A new connection is on its way, or somebody has the device alone: who comes waits. */
  | { readonly kind: "waiting" }
  /** There is no hope for now: who comes is told why. */
  | { readonly kind: "refusing"; readonly error: () => KeyStoreError };

/** Beyond this a session that nobody needs is closed, so that a busy hour does not keep sessions for the whole day. */
const idleCloseMilliseconds = 600_000;

/** A device that had no session left is asked for more after so long: whoever had them may have given them back. */
const limitMilliseconds = 1_000;

/**
 * The sessions with a device, each used by one operation at a time.
 *
 * Last in, first out, so that what is not needed lies idle and is closed. Who comes when all are busy waits in a bounded queue, which
 * outlives a connection: after a crash those who wait are served by the next host.
 */
export class SessionPool {
  readonly #deps: SessionPoolDeps;
  readonly #waiters: Waiter[] = [];
  #gate: Gate = { kind: "waiting" };
  #idle: PooledSession[] = [];
  #busy = new Set<PooledSession>();
  /** Being opened or validated for those who wait now. */
  #coming = 0;
  /** Being opened or validated, those too that nobody waits for any more: the device opens them all the same. */
  #underWay = 0;
  #whenQuiet: (() => void) | undefined;

  constructor(deps: SessionPoolDeps) {
    this.#deps = deps;
  }

  get counts(): { readonly open: number; readonly busy: number; readonly limit: number } {
    const limit = this.#gate.kind === "open" ? this.#gate.limit : 0;
    return { open: this.#idle.length + this.#busy.size, busy: this.#busy.size, limit };
  }

  get queued(): number {
    return this.#waiters.length;
  }

  /** From now on sessions are opened here, at most `limit`. Those of another connection are gone with it. */
  attach(connection: DeviceConnection, limit: number): void {
    this.#forgetSessions();
    this.#gate = { kind: "open", connection, limit, wanted: limit, limitedAt: 0 };
    this.#serve();
  }

  /** Who comes waits until {@link attach} or {@link refuse}. */
  suspend(): void {
    this.#forgetSessions();
    this.#gate = { kind: "waiting" };
  }

  /** Who waits and who comes is refused. */
  refuse(error: () => KeyStoreError): void {
    this.#forgetSessions();
    this.#gate = { kind: "refusing", error };
    this.#rejectWaiters(error);
  }

  /** Why it refuses now, if it does. */
  refusal(): KeyStoreError | undefined {
    return this.#gate.kind === "refusing" ? this.#gate.error() : undefined;
  }

  /** Refuses from now on; resolves when all who are in have left. */
  drain(error: () => KeyStoreError): Promise<void> {
    this.#gate = { kind: "refusing", error };
    this.#rejectWaiters(error);
    return this.#whenLeft();
  }

  /**
   * A session, at once if one is free.
   *
   * @throws KeyStoreError `device-busy` if the queue is full, `deadline-exceeded` if none comes free in time, why the pool
   *   refuses, why none could be opened.
   */
  take(milliseconds: number): PooledSession | Promise<PooledSession> {
    if (this.#gate.kind === "refusing") throw this.#gate.error();
    if (this.#gate.kind === "open" && this.#waiters.length === 0) {
      const session = this.#popFresh();
      if (session !== undefined) return session;
    }
    return this.#wait(milliseconds);
  }

  /** It did its work and may serve the next. */
  give(session: PooledSession): void {
    if (!this.#busy.delete(session)) {
      // Forgotten meanwhile, and the device may have it still.
      this.#closeQuietly(session);
      return;
    }
    if (session.isCondemned) {
      this.#closeQuietly(session);
    } else {
      session.usedAt = this.#deps.clock();
      this.#idle.push(session);
      this.#closeOldest();
    }
    this.#serve();
    this.#tellIfQuiet();
  }

  /** It is never used again once whoever has it now gives it back. */
  condemn(session: PooledSession, error: KeyStoreError): void {
    if (session.isCondemned) return;
    session.isCondemned = true;
    this.#deps.onEvicted(error);
    if (!this.#idle.includes(session)) return;
    this.#idle = this.#idle.filter((other) => other !== session);
    this.#closeQuietly(session);
  }

  /** Lets nobody in any more; resolves when all who are in have left, and no session is being opened. */
  quiet(): Promise<void> {
    this.#gate = { kind: "waiting" };
    return this.#whenLeft();
  }

  #whenLeft(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#whenQuiet;
      this.#whenQuiet = () => {
        before?.();
        resolve();
      };
      this.#tellIfQuiet();
    });
  }

  #rejectWaiters(error: () => KeyStoreError): void {
    for (const { reject, deadline } of this.#waiters.splice(0)) {
      this.#deps.watch.done(deadline);
      reject(error());
    }
  }

  #tellIfQuiet(): void {
    if (this.#busy.size + this.#underWay > 0) return;
    this.#whenQuiet?.();
    this.#whenQuiet = undefined;
  }

  #wait(milliseconds: number): Promise<PooledSession> {
    if (this.#waiters.length >= this.#deps.queueLimit) {
      throw new KeyStoreError("device-busy", `${String(this.#waiters.length)} requests already wait`);
    }
    return new Promise((resolve, reject) => {
      const late = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(deadlineExceeded("no session came free in time"));
      };
      const waiter = { resolve, reject, deadline: this.#deps.watch.start(milliseconds, late) };
      this.#waiters.push(waiter);
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#waiters.length > 0 && this.#gate.kind === "open") {
      const session = this.#popFresh();
      if (session !== undefined) this.#hand(session);
      else if (!this.#fetchAnother(this.#gate)) return;
    }
  }

  #hand(session: PooledSession): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    this.#deps.watch.done(waiter.deadline);
    waiter.resolve(session);
  }

  /** The session that was used last, unless even that lay idle too long to be trusted unasked. */
  #popFresh(): PooledSession | undefined {
    const session = this.#idle.at(-1);
    if (session === undefined) return undefined;
    if (this.#deps.clock() - session.usedAt > this.#deps.idleValidateMilliseconds) return undefined;
    this.#idle.pop();
    this.#busy.add(session);
    return session;
  }

  /** Starts what brings one more session. @returns false if as many are on their way as are waited for. */
  #fetchAnother(gate: Gate & { kind: "open" }): boolean {
    if (this.#coming >= this.#waiters.length) return false;
    const stale = this.#idle.pop();
    if (stale !== undefined) {
      this.#bring(gate, this.#validate(stale));
      return true;
    }
    if (this.#busy.size + this.#coming >= gate.limit && !this.#mayAskForMore(gate)) return false;
    this.#bring(gate, this.#open(gate.connection));
    return true;
  }

  /** One more than the device had the last time it was asked. */
  #mayAskForMore(gate: Gate & { kind: "open" }): boolean {
    if (gate.limit >= gate.wanted || this.#deps.clock() - gate.limitedAt < limitMilliseconds) return false;
    gate.limit += 1;
    return true;
  }

  #bring(gate: Gate & { kind: "open" }, coming: Promise<PooledSession | undefined>): void {
    this.#coming += 1;
    this.#underWay += 1;
    coming.then(
      (session) => {
        const isWanted = this.#hasArrived(gate);
        if (isWanted && session !== undefined) this.#idle.push(session);
        // The connection may be the same as before, and its device would keep it.
        else if (session !== undefined) this.#closeQuietly(session);
        if (isWanted) this.#serve();
        this.#tellIfQuiet();
      },
      (cause: unknown) => {
        if (this.#hasArrived(gate)) {
          this.#failToOpen(gate, asKeyStoreError(cause));
          this.#serve();
        }
        this.#tellIfQuiet();
      },
    );
  }

  /** Whether it came for the connection that still serves; those of an older one are not counted any more. */
  #hasArrived(gate: Gate): boolean {
    this.#underWay -= 1;
    if (this.#gate !== gate) return false;
    this.#coming -= 1;
    return true;
  }

  #failToOpen(gate: Gate & { kind: "open" }, error: KeyStoreError): void {
    const open = this.#busy.size + this.#idle.length + this.#coming;
    if (error.code === "device-busy" && open > 0) {
      // The device has fewer sessions than it said, or others have some of them.
      gate.limit = open;
      gate.limitedAt = this.#deps.clock();
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    this.#deps.watch.done(waiter.deadline);
    waiter.reject(error);
  }

  async #open(connection: DeviceConnection): Promise<PooledSession> {
    const number = await this.#deps.answered(connection, connection.openSession());
    return { number, connection, usedAt: this.#deps.clock(), isCondemned: false };
  }

  async #validate(session: PooledSession): Promise<PooledSession | undefined> {
    try {
      await this.#deps.answered(session.connection, session.connection.validateSession(session.number));
      session.usedAt = this.#deps.clock();
      return session;
    } catch (cause) {
      const error = asKeyStoreError(cause);
      session.isCondemned = true;
      this.#deps.onEvicted(error);
      this.#closeQuietly(session);
      if (error.code === "session-lost") return undefined;
      throw error;
    }
  }

  /** One, so that a device that logs out with its last session stays logged in. */
  #closeOldest(): void {
    const [oldest] = this.#idle;
    if (oldest === undefined || this.#idle.length < 2) return;
    if (this.#deps.clock() - oldest.usedAt < idleCloseMilliseconds) return;
    this.#idle.shift();
    this.#closeQuietly(oldest);
  }

  /** What becomes of a session that nobody uses again is the device's matter. */
  #closeQuietly({ connection, number }: PooledSession): void {
    this.#deps.answered(connection, connection.closeSession(number)).catch(() => undefined);
  }

  #forgetSessions(): void {
    for (const session of [...this.#idle, ...this.#busy]) session.isCondemned = true;
    // The connection may be the same as before, and a device has few sessions; those in use are closed when they come back.
    for (const session of this.#idle) this.#closeQuietly(session);
    this.#idle = [];
    this.#busy = new Set();
    this.#coming = 0;
    this.#tellIfQuiet();
  }
}
