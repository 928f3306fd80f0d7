/** The same interface as the version for Node 20; see sqlite-library.ts. */
declare module "better-sqlite3-node22" {
  import Database from "better-sqlite3";

  export default Database;
}
