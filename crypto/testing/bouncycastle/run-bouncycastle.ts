import { join } from "node:path";

import { runTool } from "../run-tool.ts";
import type { ToolResult } from "../run-tool.ts";

/** Where Debian puts the jars of libbcprov-java, libbcpkix-java and libbcutil-java. */
const classPath = ["bcprov", "bcpkix", "bcutil"].map((name) => `/usr/share/java/${name}.jar`).join(":");

/** Compiles and runs a program of this folder with BouncyCastle; it takes seconds, so one run does all there is to do. */
export function runBouncyCastle(program: string, ...args: readonly string[]): ToolResult {
  return runTool("java", ["-cp", classPath, join(import.meta.dirname, program), ...args]);
}
