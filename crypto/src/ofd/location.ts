/**
 * Resolves an ST_Loc (GB/T 33190-2016, basic types): from the root of the package with a leading `/`, else from the folder of the
 * part it stands in. Empty for the root itself; undefined if it is no path or leaves the package.
 */
export function resolveLocation(folder: string, location: string): string | undefined {
  if (/[\\\u0000]/.test(location)) return undefined;
  const segments = location.startsWith("/") || folder === "" ? [] : folder.split("/");
  for (const segment of location.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join("/");
}

/** The folder of a part, without a slash at either end; empty for the root. */
export function folderOf(part: string): string {
  return part.slice(0, Math.max(0, part.lastIndexOf("/")));
}
