import type { Log } from "../log/index.ts";
import type { KeyDrift } from "./key-drift.ts";
import type { KeyRings } from "./key-rings.ts";

/** Rates are by the hour; a look twice as often leaves no hour out. */
const sampleMilliseconds = 30 * 60 * 1000;
/** Attributes of keys are read again daily. */
const driftEverySamples = 48;

export interface KeyWatchDeps {
  readonly rings: Pick<KeyRings, "drift" | "sampleUse">;
  readonly log: Log;
  /** Called with everything that is not as recorded, each time it was looked at. */
  readonly onDrift?: (drift: readonly KeyDrift[]) => void;
  /** Between two copies of the counters; half an hour if absent. */
  readonly everyMilliseconds?: number;
}

/** Looks at the keys of a service at its start and daily, and keeps the figures by which a sudden rush is seen. */
export interface KeyWatch {
  /** Looks now, and then from time to time. Never rejects: what cannot be read is logged. */
  start(): Promise<void>;
  /** Ends when nothing is being read any more. */
  stop(): Promise<void>;
}

export function createKeyWatch(deps: KeyWatchDeps): KeyWatch {
  const { log, everyMilliseconds = sampleMilliseconds } = deps;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  let looks = 0;
  const look = (): Promise<void> => {
    const isDriftDue = looks % driftEverySamples === 0;
    looks += 1;
    looking = looking
      .then(() => lookOnce(deps, isDriftDue))
      .catch((cause: unknown) => {
        log.error({ err: cause }, "the keys could not be looked at");
      });
    return looking;
  };
  return {
    start: async () => {
      timer ??= setInterval(() => void look(), everyMilliseconds).unref();
      await look();
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await looking;
    },
  };
}

async function lookOnce({ rings, log, onDrift }: KeyWatchDeps, isDriftDue: boolean): Promise<void> {
  await rings.sampleUse();
  if (!isDriftDue) return;
  const drift = await rings.drift();
  for (const { kind, keyUri, found } of drift) {
    log.error({ kind, key_uri: keyUri, found }, "a key is not as recorded");
  }
  onDrift?.(drift);
}
