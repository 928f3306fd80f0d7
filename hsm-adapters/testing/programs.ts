import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where they are, or why they are not. */
    readonly adapterPrograms: TestPrograms | { readonly reason: string };
  }
}

/** JavaScript files. */
export interface TestPrograms {
  readonly driverHostProgram: string;
  readonly probeProgram: string;
  readonly verifierProgram: string;
  /** `yinxin` itself. */
  readonly commandLine: string;
}

/** The programs of this test run, bundled from the sources when it began. */
export function testPrograms(): TestPrograms {
  const programs = inject("adapterPrograms") as ReturnType<typeof inject<"adapterPrograms">> | undefined;
  if (programs === undefined) throw new Error("bundle-programs.ts is not in vitest's globalSetup");
  if ("reason" in programs) throw new Error(programs.reason);
  return programs;
}
