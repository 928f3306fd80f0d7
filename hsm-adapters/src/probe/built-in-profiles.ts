import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";

import { builtInProfileFile } from "../device-profile/index.ts";

/** The profiles that come with Yinxin for a family, by name. */
export function builtInProfiles(family: "sdf" | "skf" | "pkcs11"): string[] {
  // The standard's comes first: what it fits needs nothing else.
  const standard = `${family}-standard`;
  const names = readdirSync(dirname(builtInProfileFile(standard)))
    .filter((name) => name.startsWith(`${family}-`) && name.endsWith(".json"))
    .map((name) => basename(name, ".json"))
    .sort();
  return [...names.filter((name) => name === standard), ...names.filter((name) => name !== standard)];
}
