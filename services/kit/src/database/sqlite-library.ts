import type BetterSqlite3 from "better-sqlite3";

const nodeMajor = Number(process.versions.node.split(".")[0]);

/**
 * better-sqlite3 in the version that this Node can load: 13 is built for a Node-API that Node 20 does not have and crashes
 * there; 12 aborts on the hooks of newer ones. The second is an optional dependency that npm leaves out on Node 20.
 */
export const Database: typeof BetterSqlite3 =
  nodeMajor >= 22
    ? (await import("better-sqlite3-node22")).default
    : (await import("better-sqlite3")).default;
