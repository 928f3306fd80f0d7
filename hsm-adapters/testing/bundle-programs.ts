import type { TestProject } from "vitest/node";

import { bundlePrograms } from "../../scripts/bundle-programs.ts";
import { adapterPrograms } from "./adapter-programs.ts";
import type { TestPrograms } from "./programs.ts";

/**
 * Vitest's global setup: bundles the driver host and the verifier once for all test files. A source that cannot be bundled
 * fails the tests that need it, and no others.
 */
export async function setup(project: TestProject): Promise<void> {
  project.provide("adapterPrograms", await bundle());
}

async function bundle(): Promise<TestPrograms | { readonly reason: string }> {
  try {
    const files = await bundlePrograms(adapterPrograms);
    return { driverHostProgram: files["driver-host"], verifierProgram: files.verifier };
  } catch (cause) {
    return { reason: `the adapters' programs cannot be bundled: ${String(cause)}` };
  }
}
