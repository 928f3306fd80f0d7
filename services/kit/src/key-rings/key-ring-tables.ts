import type { Migration } from "../database/index.ts";

/** The tables of key rings; part of every service's migrations as `0010-key-rings`. */
export const keyRingMigration: Migration = {
  up: () => Promise.reject(new Error("not built yet")),
};
