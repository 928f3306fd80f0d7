import { setTimeout as pause } from "node:timers/promises";

import type { KeyStore } from "../key-store/index.ts";

/** What clients ask of the store that is served. */
export type SharedStore = Pick<KeyStore, "signer" | "list" | "refresh" | "health">;

/** For all clients together: each refresh makes the device's sessions and its login anew, while everybody else waits. */
const refreshPauseMilliseconds = 1_000;

/** The store as clients reach it: those who ask for the same at once get one answer, and nobody can keep it refreshing. */
export function sharedStore(store: KeyStore): SharedStore {
  let refreshedAt = -Infinity;
  return {
    signer: (uri, algorithm) => store.signer(uri, algorithm),
    health: () => store.health(),
    list: oneAtATime(() => store.list()),
    refresh: oneAtATime(async () => {
      const left = refreshPauseMilliseconds - (performance.now() - refreshedAt);
      if (left > 0) await pause(left);
      try {
        await store.refresh();
      } finally {
        refreshedAt = performance.now();
      }
    }),
  };
}

function oneAtATime<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let current: Promise<Value> | undefined;
  return () => (current ??= work().finally(() => (current = undefined)));
}
