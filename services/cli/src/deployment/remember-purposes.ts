import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Terminal } from "../terminal/index.ts";

/** What a shell may read as words. */
const plainWord = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * Keeps the purposes that services named, for the completion of a shell. No command needs them, so a folder that cannot be written
 * is no failure.
 */
export async function rememberPurposes(purposes: readonly string[], terminal: Terminal): Promise<void> {
  const { XDG_CACHE_HOME: cache, HOME: home } = terminal.environment;
  const base = cache ?? (home === undefined ? undefined : join(home, ".cache"));
  if (base === undefined || base === "") return;
  const words = purposes.filter((purpose) => plainWord.test(purpose)).sort();
  const file = join(base, "yinxin", "purposes");
  try {
    await mkdir(join(base, "yinxin"), { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, words.map((word) => `${word}\n`).join(""));
    await rename(`${file}.new`, file);
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
  }
}
