import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { z } from "zod";

import { CommandFailure, readWhole, UsageError } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { backupFailure } from "./backup-failure.ts";

/** What there is to back up of one service. */
export interface ServiceSource {
  readonly name: string;
  /** `sqlite:PATH` or `postgres://…` */
  readonly database?: string;
  /** Folder of encrypted key files. */
  readonly keysFolder?: string;
  /** Opens them; it goes into the backup, which is encrypted under shares. */
  readonly keyPassphraseFile?: string;
  readonly auditFolder?: string;
  /** Settings of the service, without secrets. */
  readonly configuration: readonly string[];
}

export interface BackupSources {
  readonly deployment: string;
  /** The deployment file, as it was named. */
  readonly file: string;
  readonly services: readonly ServiceSource[];
  /** Policy, trust, the deployment file itself. */
  readonly configuration: readonly string[];
}

const text = z.string().min(1).max(4000);
const shape = z.object({
  name: text,
  trust: text.optional(),
  configuration: z.array(text).max(100).optional(),
  services: z.record(
    z.string().regex(/^[a-z][a-z0-9_-]{0,50}$/),
    z.object({
      database: text.optional(),
      audit_folder: text.optional(),
      /** URI of the store: only a folder of files can be backed up. */
      key_store: text.optional(),
      configuration: z.array(text).max(100).optional(),
    }),
  ),
});

/** A deployment of six services says it in 3 KB. */
const deploymentBytesMax = 256 * 1024;
const demoFile = join(".demo", "deployment.json");

/**
 * What a deployment file says of places on this machine, all services or one.
 *
 * @throws UsageError if there is no such service; CommandFailure `deployment-malformed`; FileError
 */
export async function readSources(
  named: string | undefined,
  only: string | undefined,
  terminal: Terminal,
): Promise<BackupSources> {
  const file = named ?? terminal.environment["YINXIN_DEPLOYMENT"] ?? demoFile;
  const read = parse(await readWhole(file, deploymentBytesMax), file);
  const folder = dirname(resolve(file));
  const place = (path: string): string => resolve(folder, path);
  const all = Object.entries(read.services).map(([name, service]): ServiceSource => {
    const { database, audit_folder: audit, key_store: store } = service;
    const keys =
      store === undefined ? undefined : /^file:([^?]+)(?:\?(?:.*&)?pin-source=file:([^&]+))?/.exec(store);
    return {
      name,
      ...(database === undefined ? {} : { database: databaseAt(database, place) }),
      ...(audit === undefined ? {} : { auditFolder: place(audit) }),
      ...(keys?.[1] === undefined ? {} : { keysFolder: place(decodeURIComponent(keys[1])) }),
      ...(keys?.[2] === undefined ? {} : { keyPassphraseFile: place(decodeURIComponent(keys[2])) }),
      configuration: (service.configuration ?? []).map(place),
    };
  });
  const services = only === undefined ? all : all.filter(({ name }) => name === only);
  if (services.length === 0)
    throw new UsageError(`--service ${only ?? ""}: choose one of ${all.map(({ name }) => name).join(", ")}.`);
  const common = [file, ...(read.trust === undefined ? [] : [read.trust]), ...(read.configuration ?? [])];
  return {
    deployment: read.name,
    file,
    services,
    configuration: common.map((path, at) => (at === 0 ? resolve(path) : place(path))),
  };
}

/** Whether everything that is named is there. @throws CommandFailure `source-missing` */
export async function checkPaths({ services, configuration }: BackupSources): Promise<void> {
  const paths = [
    ...configuration,
    ...services.flatMap((each) => [
      each.keysFolder,
      each.keyPassphraseFile,
      each.auditFolder,
      ...each.configuration,
    ]),
  ];
  for (const path of paths) {
    if (path === undefined) continue;
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw backupFailure("source-missing", path);
  }
}

function parse(bytes: Uint8Array, file: string): z.output<typeof shape> {
  try {
    return shape.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new CommandFailure(
      "deployment-malformed",
      { zh: `部署文件 ${file} 有误`, en: `The deployment file ${file} is wrong` },
      {
        cause,
        next: {
          zh: `核对 ${file} 的各项：服务名、database、audit_folder、key_store。`,
          en: `Look at ${file}: names of services, database, audit_folder, key_store.`,
        },
      },
    );
  }
}

function databaseAt(database: string, place: (path: string) => string): string {
  return database.startsWith("sqlite:") ? `sqlite:${place(database.slice("sqlite:".length))}` : database;
}
