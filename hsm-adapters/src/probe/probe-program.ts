import { fileURLToPath } from "node:url";

/**
 * The program of a probe process in the installed package: built JavaScript, or the source in a checkout. It is found as every
 * package is, because this module also runs as part of a bundle in another folder.
 */
export function probeProgram(): string {
  const index = import.meta.resolve("@yinxin/hsm-adapters/probe");
  return fileURLToPath(new URL(index.endsWith(".ts") ? "main.ts" : "main.js", index));
}
