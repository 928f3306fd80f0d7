/**
 * Calls `stop` once, when the process is asked to stop or the one that started it is gone; a second signal ends it at once,
 * for a person who does not want to wait.
 *
 * @param isSupervised whether standard input is held open by the supervisor, whose end it then tells.
 */
export function onStopRequest(isSupervised: boolean, stop: (reason: string) => void): void {
  let isStopping = false;
  const request = (reason: string): void => {
    if (isStopping) return;
    isStopping = true;
    stop(reason);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      request(signal);
    });
  }
  // Only a process started with an IPC channel has one to lose.
  process.once("disconnect", () => {
    request("the parent is gone");
  });
  if (!isSupervised) return;
  process.stdin.once("end", () => {
    request("the supervisor is gone");
  });
  process.stdin.once("close", () => {
    request("the supervisor is gone");
  });
  process.stdin.resume();
}
