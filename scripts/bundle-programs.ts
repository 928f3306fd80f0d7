import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

const repository = join(import.meta.dirname, "..");
/** Inside node_modules, so that the packages that stay outside the bundles are found from there. */
const folder = join(repository, "node_modules/.cache/yinxin");

/**
 * What goes into the bundles: our own sources, and packages of hundreds of small files, which cost each process more than all
 * else it loads. They are plain ECMAScript modules without state that another package would share.
 */
const bundled = /^(@yinxin|kysely|zod|jose|@noble)(\/|$)/;

/**
 * Puts the TypeScript of programs into a few JavaScript files: a fifth of a second once, instead of more than one for each
 * process that would translate the same sources. File names carry a hash of the content, so that two runs do not disturb each
 * other.
 *
 * @param programs a name for each, and its file from the root of the repository.
 * @returns the file of each name.
 */
export async function bundlePrograms<Name extends string>(
  programs: Readonly<Record<Name, string>>,
): Promise<Readonly<Record<Name, string>>> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: repository,
    entryPoints: Object.entries<string>(programs).map(([name, source]) => ({ in: source, out: name })),
    entryNames: "[name]-[hash]",
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@yinxin/source"],
    jsx: "automatic",
    jsxImportSource: "preact",
    metafile: true,
    write: false,
    logLevel: "error",
    plugins: [
      {
        name: "packages-stay-outside",
        setup: (bundler) => {
          // What begins with "#" is a file of our own that package.json chooses.
          bundler.onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
            kind === "entry-point" || bundled.test(path) ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of outputFiles) {
    // A file of this name has this content, and a process may be reading it.
    if (existsSync(path)) continue;
    const unfinished = `${path}.${String(process.pid)}.tmp`;
    writeFileSync(unfinished, contents);
    renameSync(unfinished, path);
  }
  const outputs = Object.entries(metafile.outputs);
  const fileOf = (source: string): string => {
    const output = outputs.find(([, { entryPoint }]) => entryPoint === source);
    if (output === undefined) throw new Error(`there is no bundle of ${source}`);
    return join(repository, output[0]);
  };
  const files = Object.entries<string>(programs).map(([name, source]) => [name, fileOf(source)]);
  return Object.fromEntries(files) as Record<Name, string>;
}
