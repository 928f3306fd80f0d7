import { utf8Of } from "@yinxin/crypto/bytes";

import type { DeviceConnection, SessionNumber } from "../driver/index.ts";
import type { PinSource } from "../pin/index.ts";
import type { ConformanceHooks } from "./conformance-options.ts";
import { rejectionOf } from "./trial.ts";

/** What can be done to any device behind its store's back, whatever the family. */
export interface Disturbances {
  /** Put between a store and each of its driver hosts. */
  readonly intercept: (connection: DeviceConnection) => DeviceConnection;
  readonly hooks: Pick<ConformanceHooks, "loseSession" | "hangDriver">;
  /** A PIN that is wrong, and how often it was asked for. */
  readonly wrongPin: { readonly source: PinSource; readonly timesRead: () => number };
}

/**
 * Stands between the stores and their driver hosts: closes sessions that the store believes to be open, and keeps answers
 * back as a driver does that hangs.
 */
export function createDisturbances(randomBytes: (length: number) => Uint8Array): Disturbances {
  const live = new Set<Observed>();
  /** Sessions still to be lost, and who is told of it. */
  const losses: ((isLost: boolean) => void)[] = [];
  let pinsRead = 0;
  return {
    intercept: (connection) => {
      const observed = observe(connection, losses);
      live.add(observed);
      void connection.ended.then(() => live.delete(observed));
      return observed.connection;
    },
    hooks: {
      loseSession: () => {
        if (![...live].some(({ sessions }) => sessions.size > 0)) return Promise.resolve(false);
        return new Promise((resolve) => {
          losses.push(resolve);
        });
      },
      hangDriver: () => {
        // Only the hosts of this moment: those that are started in their place work.
        for (const { hang } of live) hang();
        return Promise.resolve(live.size === 0 ? undefined : () => undefined);
      },
    },
    wrongPin: {
      source: {
        read: () => {
          pinsRead += 1;
          // Of the shape of a PIN, so that the device counts it; the right one by chance once in a hundred million.
          const digits = Array.from(randomBytes(8), (octet) => String(octet % 10));
          return Promise.resolve(utf8Of(digits.join("")));
        },
      },
      timesRead: () => pinsRead,
    },
  };
}

interface Observed {
  readonly connection: DeviceConnection;
  readonly sessions: ReadonlySet<SessionNumber>;
  readonly hang: () => void;
}

/**
 * The same connection, whose open sessions are known; once it hangs, no signature comes back from it. A session is lost just
 * before a signature is asked for in it: the store meets every loss at once, and no library has a handle closed while it works
 * with it, which would break it and not show what the store does.
 */
function observe(connection: DeviceConnection, losses: ((isLost: boolean) => void)[]): Observed {
  const sessions = new Set<SessionNumber>();
  let isHanging = false;
  const changed: Partial<DeviceConnection> = {
    openSession: async () => {
      const session = await connection.openSession();
      sessions.add(session);
      return session;
    },
    closeSession: (session) => {
      sessions.delete(session);
      return connection.closeSession(session);
    },
    sign: async (session, request) => {
      // After its end it says that itself.
      if (isHanging) await connection.ended;
      const tellLost = sessions.has(session) ? losses.shift() : undefined;
      if (tellLost !== undefined) {
        sessions.delete(session);
        // That a device does not close it is not the store's mistake, and no session is lost.
        const refusal = await rejectionOf(connection.closeSession(session));
        tellLost(refusal === undefined);
      }
      return connection.sign(session, request);
    },
  };
  return {
    connection: passingOn(connection, changed),
    sessions,
    hang: () => {
      isHanging = true;
    },
  };
}

/** Calls go to `changed` where it has them, and else to the connection itself. */
function passingOn(connection: DeviceConnection, changed: Partial<DeviceConnection>): DeviceConnection {
  return new Proxy(connection, {
    get: (target, name) => {
      const value: unknown = Reflect.get(Object.hasOwn(changed, name) ? changed : target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
