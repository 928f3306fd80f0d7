import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { base64Of } from "@yinxin/crypto/bytes";

import type { Terminal } from "../terminal/index.ts";

/** Where a rehearsal keeps its keys, under a PIN that nobody knows. */
export interface RehearsalFolder {
  readonly path: string;
  /** For a rehearsal whose transcript nobody wants. */
  readonly transcript: string;
}

/** Makes the folder, and removes it whatever happens. */
export async function withRehearsalFolder<Result>(
  { randomBytes }: Pick<Terminal, "randomBytes">,
  use: (folder: RehearsalFolder) => Promise<Result>,
): Promise<Result> {
  const path = await mkdtemp(join(tmpdir(), "yinxin-rehearsal-"));
  try {
    await writeFile(join(path, "pin"), base64Of(randomBytes(24)), { mode: 0o400 });
    return await use({ path, transcript: join(path, "transcript.jsonl") });
  } finally {
    await rm(path, { recursive: true });
  }
}
