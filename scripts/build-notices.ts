import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const repository = join(import.meta.dirname, "..");

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** THIRD-PARTY-NOTICES.md from the lockfile: every package that is installed in production, with its licence. */
export function thirdPartyNotices(lockfileText: string): string {
  const lockfile = JSON.parse(lockfileText) as { packages: Record<string, LockedPackage> };
  const rows = Object.entries(lockfile.packages)
    .filter(([path, entry]) => path.includes("node_modules/") && entry.dev !== true && entry.link !== true)
    .map(([path, entry]) => ({
      name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      version: entry.version ?? "",
      license: entry.license ?? "see the package",
    }))
    .map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`);
  return [
    "# Third-party notices",
    "",
    "Yinxin is licensed under Apache-2.0 (`LICENSE`). Installed beside it, each under its own licence, which its package carries:",
    "",
    "| Package | Version | Licence |",
    "| --- | --- | --- |",
    ...[...new Set(rows)].sort(),
    "",
    "The font subset in `fixtures/fonts` comes from Noto Serif CJK SC, SIL Open Font License 1.1 (`fixtures/fonts/OFL.txt`).",
    "",
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  const text = thirdPartyNotices(readFileSync(join(repository, "package-lock.json"), "utf8"));
  writeFileSync(join(repository, "THIRD-PARTY-NOTICES.md"), text);
}
