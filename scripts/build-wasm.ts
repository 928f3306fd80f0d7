import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What is used of the compiler. Its own declarations would give Array other types in the whole program. */
interface Compiler {
  main(
    options: readonly string[],
    streams: { readonly stderr: { toString(): string } },
  ): Promise<{ readonly error: Error | null }>;
  createMemoryStream(): { toString(): string };
}
const compilerModule = ["assemblyscript", "asc"].join("/");
const { default: asc } = (await import(compilerModule)) as { default: Compiler };

/**
 * Builds the elliptic-curve engine from crypto/assembly: one module for each curve, with SIMD and without. They are committed
 * as text in one TypeScript module, so that nothing is read at run time and nobody needs the compiler; the same compiler
 * gives the same bytes, and `npm run drift` compares them.
 */
const repository = join(import.meta.dirname, "..");
export const wasmModulesFile = "crypto/src/sm2/engine/wasm-modules.ts";

const curves = ["sm2", "p256"] as const;

/** The compiler's arguments beside the ones that differ; 64 pages are the tables of 64 keys and the rest. */
const compilerOptions = [
  ...["--noAssert", "--runtime", "stub"],
  ...["--initialMemory", "4", "--maximumMemory", "64"],
];

/** Compiles one module. */
export async function compileWasm(
  curve: "sm2" | "p256",
  simd: boolean,
  { nonce, isOptimised }: WasmBuild = { nonce: "NONCE_HEDGED", isOptimised: true },
): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-wasm-"));
  try {
    const file = join(folder, "module.wasm");
    const uses = [`CURVE=${curve === "sm2" ? "CURVE_SM2" : "CURVE_P256"}`, `NONCE=${nonce}`];
    const stderr = asc.createMemoryStream();
    const { error } = await asc.main(
      [
        ...["index.ts", "--baseDir", join(repository, "crypto/assembly"), "--outFile", file],
        ...[simd ? "--enable" : "--disable", "simd"],
        ...uses.flatMap((use) => ["--use", use]),
        ...(isOptimised ? ["--optimizeLevel", "3", "--shrinkLevel", "0", "--converge"] : []),
        ...compilerOptions,
      ],
      { stderr },
    );
    if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`);
    return new Uint8Array(readFileSync(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface WasmBuild {
  /** Where k comes from; `NONCE_GIVEN` is for the test of the nonces that the standards reject. */
  readonly nonce: "NONCE_HEDGED" | "NONCE_GIVEN";
  readonly isOptimised: boolean;
}

/** The text of crypto/src/sm2/engine/wasm-modules.ts. */
export async function wasmModules(): Promise<string> {
  const lines = [
    "// Built from crypto/assembly by scripts/build-wasm.ts; not to be edited.",
    "",
    "/** WebAssembly modules in base64, by curve and by whether they use SIMD. */",
    "export const wasmModules = {",
  ];
  for (const curve of curves) {
    lines.push(`  ${curve}: {`);
    for (const [name, simd] of [
      ["simd128", true],
      ["portable", false],
    ] as const) {
      const text = Buffer.from(await compileWasm(curve, simd)).toString("base64");
      lines.push(`    ${name}:`, `      "${text}",`);
    }
    lines.push("  },");
  }
  return [...lines, "} as const;", ""].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  const text = await wasmModules();
  writeFileSync(join(repository, wasmModulesFile), text);
  process.stdout.write(`${wasmModulesFile}: ${String(text.length)} characters\n`);
}
