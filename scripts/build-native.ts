import { mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";

import { compileNative } from "../crypto/native/compile.ts";

/** Builds the optional native engine. Services that find it use it after its self-test; nothing needs it. */
const output = join(import.meta.dirname, "../crypto/native/build/yinxin-ec.node");

mkdirSync(dirname(output), { recursive: true });
// A running service may have the old file mapped: a rename leaves that mapping alone, a rewrite would not.
compileNative(`${output}.new`);
renameSync(`${output}.new`, output);
process.stdout.write(`built ${output}\n`);
