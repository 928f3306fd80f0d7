/** What ends a program from outside: Ctrl-C, an init system, a terminal that is closed. */
const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Aborts at the first of these signals. From now on none of them ends the process by itself, however many come: a terminal and the
 * launcher both pass Ctrl-C on.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of endingSignals) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  return stop.signal;
}
