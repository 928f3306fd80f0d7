import { rmSync } from "node:fs";
import { constants } from "node:os";

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * What is decrypted in a folder does not stay because somebody presses Ctrl-C: the folder is removed before the process ends.
 *
 * @returns what ends that.
 */
export function removedOnSignal(path: string): () => void {
  const endings = endingSignals.map((signal) => {
    const end = (): void => {
      rmSync(path, { recursive: true, force: true });
      process.exit(128 + constants.signals[signal]);
    };
    process.on(signal, end);
    return { signal, end };
  });
  return () => {
    for (const { signal, end } of endings) process.off(signal, end);
  };
}
