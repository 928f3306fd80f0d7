import { refuseDefaultPin } from "../pin/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import { DeviceCaller } from "./device-caller.ts";
import { DeviceSupervisor } from "./device-supervisor.ts";
import { HostStarter } from "./host-starter.ts";
import { KeyFinder } from "./key-finder.ts";
import { KeyTable } from "./key-table.ts";
import { PinLatch } from "./pin-latch.ts";
import { Refreshing } from "./refreshing.ts";
import { SessionOperations } from "./session-operations.ts";
import { SessionPool } from "./session-pool.ts";
import { TokenCounters } from "./token-counters.ts";
import { readTokenOptions } from "./token-options.ts";
import type { TokenKeyStoreDeps } from "./token-options.ts";

/** The parts of an open token store. */
export interface TokenClient {
  readonly supervisor: DeviceSupervisor;
  readonly pool: SessionPool;
  readonly latch: PinLatch;
  readonly caller: DeviceCaller;
  readonly refreshing: Refreshing;
  readonly finder: KeyFinder;
  readonly operations: SessionOperations;
  readonly verifier: SignatureVerifier;
  readonly counters: TokenCounters;
}

/** Puts the parts together; does nothing else. @throws KeyStoreError `configuration-malformed`. */
export function assembleTokenClient(deps: TokenKeyStoreDeps): TokenClient {
  const settings = readTokenOptions(deps.options);
  const { clock = () => performance.now(), log = () => undefined, connect, verifier } = deps;
  const { deadlineMilliseconds, generationMilliseconds, requestMilliseconds } = settings;
  const watch = new DeadlineWatch(clock);
  const keys = new KeyTable();
  const counters = new TokenCounters(clock);
  const { queueLimit, idleValidateMilliseconds } = settings;
  const pool: SessionPool = new SessionPool({
    ...{ clock, watch, queueLimit, idleValidateMilliseconds },
    answered: (connection, answer) => caller.answered(connection, answer),
    onEvicted: ({ code }) => {
      counters.evicted();
      log({ event: "session-evicted", reason: code });
    },
  });
  const latch = new PinLatch({
    ...{ pin: deps.pin, watch, deadlineMilliseconds, refuseDefaultPin },
    isProduction: deps.mode === "production",
    allowLastTry: deps.allowLastTry === true,
    onLatched: ({ code }) => {
      log({ event: "pin-latched", code });
      supervisor.lockOut();
    },
  });
  const starter = new HostStarter({ connect, watch, startMilliseconds: requestMilliseconds });
  const recovering = { clock, watch, pool, latch, keys, counters };
  const supervisor = new DeviceSupervisor({ ...recovering, starter, settings, log });
  const caller = new DeviceCaller({
    ...{ supervisor, watch, latch, deadlineMilliseconds, generationMilliseconds },
  });
  const refreshing = new Refreshing({ clock, refresh: () => supervisor.refresh() });
  const finder = new KeyFinder({ caller, keys, refreshing });
  const operations = new SessionOperations({
    ...{ clock, pool, supervisor, caller, refreshing, keys, counters, requestMilliseconds },
  });
  return { supervisor, pool, latch, caller, refreshing, finder, operations, verifier, counters };
}
