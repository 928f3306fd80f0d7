import type { TestProject } from "vitest/node";

import { bundlePrograms } from "../../scripts/bundle-programs.ts";
import { adapterPrograms } from "./adapter-programs.ts";
import type { BundledProgram, TestPrograms } from "./programs.ts";

/**
 * Vitest's global setup: bundles the programs of the adapters and the command line once for all test files. A source that
 * cannot be bundled fails the tests that need it, and no others.
 */
export async function setup(project: TestProject): Promise<void> {
  const [adapters, commandLine] = await Promise.all([
    bundle({
      driverHostProgram: adapterPrograms["driver-host"],
      probeProgram: adapterPrograms.probe,
      verifierProgram: adapterPrograms.verifier,
    }),
    bundle({ commandLine: "services/cli/src/main.ts" }),
  ]);
  project.provide("adapterPrograms", { ...adapters, ...commandLine });
}

async function bundle<Name extends keyof TestPrograms>(
  programs: Readonly<Record<Name, string>>,
): Promise<Readonly<Record<Name, BundledProgram>>> {
  const names = Object.keys(programs) as Name[];
  const all = (of: (name: Name) => BundledProgram) =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, BundledProgram>;
  try {
    const files = await bundlePrograms(programs);
    return all((name) => ({ file: files[name] }));
  } catch (cause) {
    const reason = `${names.join(", ")} cannot be bundled: ${String(cause)}`;
    return all(() => ({ reason }));
  }
}
