import { fileURLToPath } from "node:url";

/**
 * The host's program in the installed package: built JavaScript, or the source in a checkout. It is found as every package is,
 * because this module also runs as part of a bundle in another folder.
 */
export function driverHostProgram(): string {
  const index = import.meta.resolve("@yinxin/hsm-adapters/driver-host");
  return fileURLToPath(new URL(index.endsWith(".ts") ? "main.ts" : "main.js", index));
}
