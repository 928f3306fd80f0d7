import { existsSync } from "node:fs";

import { noteKeyOf } from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";
import { DatabaseError, openDatabase } from "@yinxin/service-kit/database";

import { exitCodes } from "../exit-codes.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { DeployedService } from "./deployment-file.ts";

/** As far as it is read here. */
interface KeyTables {
  key_versions: { purpose: string; version: number; public_key: Uint8Array };
}

/** The keys of a service that others pin: those that come after are proved by these. */
export interface FirstLogKeys {
  readonly service: DeployedService;
  /** Of its audit log, under the log's name. */
  readonly audit: NoteKey;
  /** With which it would cosign other logs, under its name as a witness; undefined where it is none. */
  readonly witness?: NoteKey;
}

/**
 * Reads a service's first two log keys from its database, which has them since it started for the first time. Nothing is changed.
 *
 * @param witnessName its name in cosignatures (C2SP tlog-cosignature); undefined where it is nobody's witness.
 * @throws CommandFailure `deployment-incomplete`, `database-unreachable`, `service-never-started`
 */
export async function readFirstLogKeys(
  service: DeployedService,
  witnessName: string | undefined,
): Promise<FirstLogKeys> {
  const { name, auditOrigin } = service;
  const database = databaseOf(service);
  if (auditOrigin === undefined) throw incomplete(name, "audit_origin");
  const keys = await publicKeys(name, database);
  const [audit, witness] = ["audit", "witness"].map((own) => keys.get(`${name}.${own}`));
  if (audit === undefined || witness === undefined) throw neverStarted(name);
  return {
    service,
    audit: noteKeyOf(auditOrigin, audit),
    ...(witnessName !== undefined && { witness: noteKeyOf(witnessName, witness, "cosignature-ed25519") }),
  };
}

function databaseOf({ name, database }: DeployedService): string {
  if (database === undefined) throw incomplete(name, "database");
  const [, path] = /^sqlite:(.+)$/.exec(database) ?? [];
  // To open it would make it.
  if (path !== undefined && !existsSync(path)) throw neverStarted(name);
  return database;
}

/** By purpose, the first version of each ring. */
async function publicKeys(service: string, url: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const db = await openDatabase<KeyTables>({ url, schema: service }).catch((cause: unknown) => {
    throw cause instanceof DatabaseError ? unreachable(service, cause) : cause;
  });
  try {
    const rows = await db
      .selectFrom("key_versions")
      .select(["purpose", "public_key"])
      .where("version", "=", 1)
      .execute();
    return new Map(rows.map(({ purpose, public_key: key }) => [purpose, key]));
  } catch (cause) {
    // A database without the tables is one that no service has opened yet.
    throw neverStarted(service, cause);
  } finally {
    await db.destroy();
  }
}

function incomplete(service: string, member: string): CommandFailure {
  return new CommandFailure(
    "deployment-incomplete",
    {
      zh: `部署文件没有说明 ${service} 的 ${member}。`,
      en: `The deployment file does not say the ${member} of ${service}.`,
    },
    {
      exitCode: exitCodes.wrongUsage,
      next: {
        zh: `在部署文件的 services.${service} 中写明 ${member}，然后再试。`,
        en: `Write ${member} under services.${service} of the deployment file, and run it again.`,
      },
    },
  );
}

function neverStarted(service: string, cause?: unknown): CommandFailure {
  return new CommandFailure(
    "service-never-started",
    {
      zh: `${service} 还没有日志密钥：它在首次启动时生成这些密钥。`,
      en: `${service} has no log keys yet: it makes them when it starts for the first time.`,
    },
    {
      cause,
      next: {
        zh: `先启动 ${service} 一次（不设 GOVERNANCE_TRUST_FILE），再运行本命令。`,
        en: `Start ${service} once, without GOVERNANCE_TRUST_FILE, and run this again.`,
      },
    },
  );
}

function unreachable(service: string, cause: DatabaseError): CommandFailure {
  return new CommandFailure(
    "database-unreachable",
    { zh: `无法打开 ${service} 的数据库。`, en: `The database of ${service} cannot be opened.` },
    {
      cause,
      exitCode: exitCodes.unreachable,
      next: {
        zh: "检查部署文件中的 database 与数据库是否在运行，然后再试。",
        en: "See that database in the deployment file is right and that the server runs; run it again.",
      },
    },
  );
}
