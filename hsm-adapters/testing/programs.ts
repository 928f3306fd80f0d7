import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    readonly adapterPrograms: Readonly<Record<keyof TestPrograms, BundledProgram>>;
  }
}

/** Where a program is, or why it is not. */
export type BundledProgram = { readonly file: string } | { readonly reason: string };

/** JavaScript files. */
export interface TestPrograms {
  readonly driverHostProgram: string;
  readonly probeProgram: string;
  readonly verifierProgram: string;
  /** `yinxin` itself. */
  readonly commandLine: string;
}

/** The programs of this test run, bundled from the sources when it began. Asking for one that could not be bundled throws why. */
export function testPrograms(): TestPrograms {
  const programs = inject("adapterPrograms") as ReturnType<typeof inject<"adapterPrograms">> | undefined;
  if (programs === undefined) throw new Error("bundle-programs.ts is not in vitest's globalSetup");
  const fileOf = (name: keyof TestPrograms): string => {
    const program = programs[name];
    if ("reason" in program) throw new Error(program.reason);
    return program.file;
  };
  return {
    get driverHostProgram() {
      return fileOf("driverHostProgram");
    },
    get probeProgram() {
      return fileOf("probeProgram");
    },
    get verifierProgram() {
      return fileOf("verifierProgram");
    },
    get commandLine() {
      return fileOf("commandLine");
    },
  };
}
