import type { TestProject } from "vitest/node";

import { bundlePrograms } from "../../scripts/bundle-programs.ts";
import { adapterPrograms } from "./adapter-programs.ts";
import type { TestPrograms } from "./programs.ts";

/**
 * Vitest's global setup: bundles the programs of the adapters and the command line once for all test files. A source that cannot be bundled
 * fails the tests that need it, and no others.
 */
export async function setup(project: TestProject): Promise<void> {
  project.provide("adapterPrograms", await bundle());
}

async function bundle(): Promise<TestPrograms | { readonly reason: string }> {
  try {
    const files = await bundlePrograms({ ...adapterPrograms, yinxin: "services/cli/src/main.ts" });
    return {
      driverHostProgram: files["driver-host"],
      probeProgram: files.probe,
      verifierProgram: files.verifier,
      commandLine: files.yinxin,
    };
  } catch (cause) {
    return { reason: `the adapters' programs cannot be bundled: ${String(cause)}` };
  }
}
