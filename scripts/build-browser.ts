import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";
import type { Metafile, Plugin } from "esbuild";

/**
 * Bundles the verifying half of the core (crypto/src/browser) for browsers into one ES module.
 * Run as a program, it writes the bundle to dist/browser and says how large it is.
 */
const repository = join(import.meta.dirname, "..");
const entry = join(repository, "crypto/src/browser/index.ts");

/** Chrome 87 is the oldest browser on the desks of the platform; it has no SIMD in WebAssembly. */
const oldestBrowser = "chrome87";

export interface BrowserBundle {
  /** The ES module. */
  readonly code: string;
  /** Every source file that has a part in it, from the repository's root. */
  readonly sources: readonly string[];
}

/** @throws Error if something in the bundle needs Node.js. */
export async function buildBrowser(): Promise<BrowserBundle> {
  const result = await build({
    absWorkingDir: repository,
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: oldestBrowser,
    inject: [join(repository, "crypto/src/browser/older-browsers.ts")],
    conditions: ["browser", "@yinxin/source"],
    minify: true,
    legalComments: "none",
    charset: "utf8",
    // What the core only reaches for signing is external, so that it can be found and refused below by name.
    external: ["node:*"],
    plugins: [sourcesHaveNoSideEffects],
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  refuseNode(result.metafile);
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error("esbuild wrote nothing");
  return { code: file.text, sources: sourcesOf(result.metafile) };
}

/** Modules of the core only declare; one that nobody uses, as the signing ones here, leaves nothing behind. */
const sourcesHaveNoSideEffects: Plugin = {
  name: "sources-have-no-side-effects",
  setup: (bundling) => {
    bundling.onResolve({ filter: /^(\.|#platform$)/ }, async (question) => {
      if (
        question.pluginData === resolving ||
        !question.importer.startsWith(join(repository, "crypto/src"))
      ) {
        return undefined;
      }
      const { kind, importer, resolveDir } = question;
      const found = await bundling.resolve(question.path, {
        kind,
        importer,
        resolveDir,
        pluginData: resolving,
      });
      return { ...found, sideEffects: false };
    });
  },
};
const resolving = Symbol("resolving");

function sourcesOf({ outputs }: Metafile): string[] {
  const parts = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return parts
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([source]) => relative(repository, join(repository, source)))
    .toSorted();
}

function refuseNode({ outputs, inputs }: Metafile): void {
  const left = Object.values(outputs).flatMap((output) => output.imports.map(({ path }) => path));
  if (left.length === 0) return;
  const culprits = Object.entries(inputs).flatMap(([source, { imports }]) =>
    imports.some(({ path }) => left.includes(path)) ? [source] : [],
  );
  throw new Error(`the bundle for browsers imports ${left.join(", ")}; perhaps from ${culprits.join(", ")}`);
}

if (process.argv[1] === import.meta.filename) {
  const { code } = await buildBrowser();
  const target = join(repository, "dist/browser/yinxin-verify.js");
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, code);
  const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(0)} KiB`;
  const size = Buffer.byteLength(code);
  process.stdout.write(
    `${relative(repository, target)}: ${kibibytes(size)}, compressed ${kibibytes(gzipSync(code).length)}\n`,
  );
}
