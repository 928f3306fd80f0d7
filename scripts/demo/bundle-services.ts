import { join } from "node:path";

import { build } from "esbuild";

import { serviceNames } from "./layout.ts";
import type { ServiceName } from "./layout.ts";

const repository = join(import.meta.dirname, "../..");
/** Inside node_modules, so that the packages, which stay outside the bundles, are found from there. */
const folder = join(repository, "node_modules/.cache/yinxin");

/**
 * Puts each service's TypeScript into a few JavaScript files: a fifth of a second once, instead of more than one for each
 * of six processes that would translate the same sources. Names carry a hash of the content, so that two demos do not
 * disturb each other.
 */
export async function bundleServices(): Promise<ReadonlyMap<ServiceName, string>> {
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: serviceNames.map((name) => ({ in: join("services", name, "src/main.ts"), out: name })),
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
    logLevel: "error",
    plugins: [
      {
        name: "packages-stay-outside",
        setup: (bundler) => {
          // What begins with "#" is a file of our own that package.json chooses.
          bundler.onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
            kind === "entry-point" || path.startsWith("@yinxin/") ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
  const bundles = Object.entries(metafile.outputs).flatMap(([output, { entryPoint }]) => {
    const name = serviceNames.find((service) => entryPoint === `services/${service}/src/main.ts`);
    return name === undefined ? [] : [[name, join(repository, output)] as const];
  });
  return new Map(bundles);
}
