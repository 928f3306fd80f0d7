import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

import type { DatabaseLocation } from "@yinxin/service-kit/database";
import { publishPostgres, stagePostgres } from "@yinxin/service-kit/database-copy";
import type { StagedSchema } from "@yinxin/service-kit/database-copy";

import { databaseFailure, withDatabase } from "./database-failure.ts";

/** A service's schema under a name that only this backup gives it. */
export interface StagedDatabase {
  readonly location: DatabaseLocation;
  /** In all tables. */
  readonly rows: number;
}

/** Databases of a backup in PostgreSQL, under names of their own until they are published or removed. */
export interface StagedDatabases {
  /** Restores one; undefined if no server was named for it. @throws CommandFailure */
  stage(service: string, dump: string): Promise<StagedDatabase | undefined>;
  /** Gives all of them their real names, together with `meanwhile`, or none. @throws CommandFailure `database-not-empty` */
  publish(meanwhile: () => Promise<void>): Promise<void>;
  /** Drops what has no real name. */
  remove(): Promise<void>;
}

/** @param serverOf the address of the server for a service. */
export function createStagedDatabases(
  backup: string,
  serverOf: (service: string) => string | undefined,
): StagedDatabases {
  const staged = new Map<string, StagedSchema>();
  return {
    stage: async (service, dump) => {
      const url = serverOf(service);
      if (url === undefined) return undefined;
      const location = { url, schema: stagingName(backup, service) };
      const schema = await withDatabase(service, () => stagePostgres(location, linesOf(dump)));
      staged.set(service, schema);
      const rows = Object.values(schema.rows).reduce((total, count) => total + count, 0);
      return { location, rows };
    },
    publish: async (meanwhile) => {
      const schemas = Array.from(staged, ([schema, { location }]) => ({ staged: location, schema }));
      try {
        await publishPostgres(schemas, meanwhile);
      } catch (cause) {
        throw databaseFailure([...staged.keys()].join(", "), cause);
      }
    },
    remove: async () => {
      const left = Array.from(staged.values());
      staged.clear();
      await Promise.allSettled(left.map((schema) => schema.remove()));
    },
  };
}

/** Opened when the first line is asked for: what reads lines before somebody listens loses them. */
async function* linesOf(dump: string): AsyncGenerator<string, void, undefined> {
  yield* createInterface({ input: createReadStream(dump), crlfDelay: Number.POSITIVE_INFINITY });
}

/** The same for the same backup, so that the next run finds what a killed one left. */
function stagingName(backup: string, service: string): string {
  return `yinxin_restore_${createHash("sha256").update(`${backup} ${service}`).digest("hex").slice(0, 24)}`;
}
