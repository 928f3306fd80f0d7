import { randomBytes, randomUUID } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { withFileLock } from "./file-lock.ts";

describe("the lock of a file", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "yinxin-lock-"));
    path = join(folder, "keys.json");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const lockOf = (): string => readFileSync(`${path}.lock`, "utf8");
  const leaveLock = (mark: string): void => {
    writeFileSync(`${path}.lock`, mark, { mode: 0o600 });
  };
  /** What a process writes into the lock. */
  const ownMark = (): Promise<string> => withFileLock(path, randomBytes, () => Promise.resolve(lockOf()));

  it("is taken over from a process of this machine that is dead, and nothing is left", async () => {
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    leaveLock((await ownMark()).replace(/^\d+/, String(dead)));
    await expect(withFileLock(path, randomBytes, () => Promise.resolve("in"))).resolves.toBe("in");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is not taken from a process of another container, whose number says nothing here", async () => {
    const foreign = (await ownMark()).replace(/^(\d+) \S+/, `$1 ${randomUUID()}/pid:[1]`);
    leaveLock(foreign);
    let tries = 0;
    let isIn = false;
    const work = withFileLock(
      path,
      (length) => {
        tries += 1;
        return randomBytes(length);
      },
      () => {
        isIn = true;
        return Promise.resolve();
      },
    );
    await expect.poll(() => tries, { interval: 5 }).toBeGreaterThan(4);
    expect({ isIn, lock: lockOf() }).toEqual({ isIn: false, lock: foreign });
    rmSync(`${path}.lock`);
    await work;
    expect(isIn).toBe(true);
  });

  it("is left to whoever has it by now", async () => {
    const other = "1 elsewhere 00\n";
    await withFileLock(path, randomBytes, () => {
      leaveLock(other);
      return Promise.resolve();
    });
    expect(lockOf()).toBe(other);
  });
});
