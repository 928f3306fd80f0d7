import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

const launcher = join(import.meta.dirname, "../bin/yinxin.js");
const folder = mkdtempSync(join(tmpdir(), "yinxin-launcher-"));
const groups: number[] = [];

afterAll(() => {
  for (const group of groups) {
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // Nobody is left of it, as it should be.
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("the launcher", () => {
  it("ends the command when npx and its shell are ended over its head", async () => {
    const document = join(folder, "document");
    expect(spawnSync("mkfifo", [document]).status).toBe(0);
    // As npx starts it; the shell waits, and hands on no signal.
    const line = '"$0" "$1" verify "$2"; true';
    const shell = spawn("sh", ["-c", line, process.execPath, launcher, document], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
      env: { PATH: process.env["PATH"], npm_command: "exec" },
    });
    if (shell.pid !== undefined) groups.push(shell.pid);
    // Opens as soon as the command reads, which then waits for more.
    const pipe = await open(document, "w");
    try {
      // Held by shell, launcher and command: closed once the last of them is gone.
      const gone = once(shell.stdout.resume(), "close");
      shell.kill("SIGTERM");
      await gone;
      expect(shell.signalCode).toBe("SIGTERM");
    } finally {
      await pipe.close();
    }
  });
});
