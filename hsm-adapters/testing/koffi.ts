import { createRequire } from "node:module";

/** For `toolTest`: koffi is an optional package, so a machine without a build of it lacks a tool. */
export const koffiTools: readonly string[] = hasKoffi() ? [] : ["koffi"];

function hasKoffi(): boolean {
  try {
    return createRequire(import.meta.url).resolve("koffi") !== "";
  } catch {
    // There is no other way of asking.
    return false;
  }
}
