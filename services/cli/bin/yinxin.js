#!/usr/bin/env node
// Starts the command line: from `dist/` where the suite was built, from its TypeScript source in a checkout.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const built = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const source = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const program = existsSync(built)
  ? [built]
  : ["--conditions=@yinxin/source", "--import", import.meta.resolve("tsx"), source];

/** Soon enough for whoever waits for a port to be free. */
const parentPollMilliseconds = 500;

// Node reads import conditions only from its own command line, hence a second process.
const child = spawn(process.execPath, [...program, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// npx hands signals to a shell, which ends and tells nobody: without its parent a server would go on unseen.
if (process.env.npm_command === "exec") {
  const parent = process.ppid;
  const watch = () => {
    if (process.ppid !== parent) child.kill("SIGTERM");
  };
  setInterval(watch, parentPollMilliseconds).unref();
}
child.on("exit", (code, signal) => {
  process.exit(code ?? 128 + constants.signals[signal ?? "SIGTERM"]);
});
