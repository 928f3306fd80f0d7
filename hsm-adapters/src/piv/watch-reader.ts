import { setTimeout as after } from "node:timers/promises";

import type { DeviceEvent } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { openPcscContext, readerStates } from "../pcsc/index.ts";
import type { KnownReader, PcscContext, PcscLibrary } from "../pcsc/index.ts";

export interface ReaderWatch {
  stop(): Promise<void>;
}

/**
 * How long one call waits for a change. It occupies a thread of the pool meanwhile, which in a small pool is missing to
 * signatures: so it is given back now and then.
 */
const waitMilliseconds = 500;

/** Until a reader that is gone, or a resource manager that is down, is looked for again. */
const pauseMilliseconds = 1_000;

/** Tells when the card in a reader is removed or inserted, until it is stopped. The card is there at first. */
export function watchReader(
  library: PcscLibrary,
  reader: string,
  listener: (event: DeviceEvent) => void,
): ReaderWatch {
  const stopping = new AbortController();
  let context: PcscContext | undefined;
  let isPresent = true;
  const tell = (nowPresent: boolean): void => {
    if (nowPresent === isPresent) return;
    isPresent = nowPresent;
    listener({ kind: isPresent ? "inserted" : "removed" });
  };
  const hasStopped = (): boolean => stopping.signal.aborted;

  const watch = async (): Promise<void> => {
    context = await openPcscContext(library);
    let known: KnownReader = { name: reader, state: 0 };
    while (!hasStopped()) {
      const [changed] = (await context.waitForChange([known], waitMilliseconds)) ?? [];
      if (changed === undefined) continue;
      known = changed;
      tell((known.state & readerStates.present) !== 0);
    }
  };
  const run = async (): Promise<void> => {
    while (!hasStopped()) {
      try {
        await watch();
      } catch (cause) {
        if (!(cause instanceof KeyStoreError)) throw cause;
        tell(false);
        await after(pauseMilliseconds, undefined, { signal: stopping.signal, ref: false }).catch(
          () => undefined,
        );
      } finally {
        await context?.release();
        context = undefined;
      }
    }
  };

  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      context?.cancel();
      await running;
    },
  };
}
