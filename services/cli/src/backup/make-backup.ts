import { createReadStream } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";

import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { splitSecret } from "@yinxin/crypto/secret-sharing";
import type { SecretShare } from "@yinxin/crypto/secret-sharing";
import { copySqlite, dumpPostgres, inspectSqlite } from "@yinxin/service-kit/database-copy";

import { createArchiveWriter } from "./archive.ts";
import type { ArchiveWriter, ListedFile } from "./archive.ts";
import { backupFailure } from "./backup-failure.ts";
import { keyBytesOf, writtenChunkBytes } from "./backup-format.ts";
import type { BackupCipher, BackupHeader, BackupManifest, EntryKind, HardwareKey } from "./backup-format.ts";
import { checkPaths } from "./backup-sources.ts";
import type { BackupSources, ServiceSource } from "./backup-sources.ts";
import { withDatabase } from "./database-failure.ts";
import { filesOf, openListed } from "./folder-files.ts";
import { readHardwareKeys } from "./hardware-keys.ts";
import { openPartialFolder } from "./partial-folder.ts";
import { removedOnSignal } from "./removed-on-signal.ts";
import { createSealedWriter } from "./sealed-file.ts";

export interface BackupRequest {
  readonly sources: BackupSources;
  readonly target: string;
  readonly cipher: BackupCipher;
  readonly threshold: number;
  /** One a share. */
  readonly holders: readonly string[];
}

export interface BackupDeps {
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly processId: number;
  /** Gets the shares into their holders' hands; the backup gets its name only after that. */
  readonly handOut: (header: BackupHeader, shares: readonly SecretShare[]) => Promise<void>;
  /** Told before each step; `done` of `total`. */
  readonly onStep?: (step: BackupStep, done: number, total: number) => Promise<void> | void;
}

/** What is done, in this order; the first three once a service. */
export type BackupStep =
  `${"database" | "keys" | "audit"} ${string}` | "configuration" | "seal" | "shares" | "publish" | "done";

export interface MadeBackup {
  readonly header: BackupHeader;
  readonly manifest: BackupManifest;
}

/**
 * Backs up a deployment while it works.
 *
 * Of each service first the database, as it is at one moment, then the keys, then the audit folder. So every key and every event that the
 * database speaks of is there, and the audit folder is never behind the database: a service that is restored sees that the log has gone on
 * without it and signs nothing until officers agree to continue, instead of telling the log's story twice.
 *
 * Until it is whole everything is in `TARGET.partial`. The data key leaves this function only as shares.
 *
 * @throws CommandFailure; SecretSharingError `share-set-invalid`; DatabaseCopyError
 */
export async function makeBackup(request: BackupRequest, deps: BackupDeps): Promise<MadeBackup> {
  const { sources, target, cipher, threshold, holders } = request;
  const key = deps.randomBytes(keyBytesOf[cipher]);
  const { shares, set } = splitSecret({ secret: key, threshold, count: holders.length }, deps.randomBytes);
  const header: BackupHeader = {
    format: "yinxin-backup-1",
    id: `bak_${hexOf(deps.randomBytes(8))}`,
    made_at: deps.now().toISOString(),
    deployment: sources.deployment,
    services: sources.services.map(({ name }) => name),
    cipher,
    chunk_bytes: writtenChunkBytes,
    shares: { set_id: set.setId, threshold, digests: set.shareDigests.map(hexOf), holders: [...holders] },
  };
  await refuseTarget(target);
  await checkPaths(sources);
  const partial = await openPartialFolder(target, deps.processId);
  const release = removedOnSignal(partial.path);
  try {
    const step = stepsOf(sources, deps);
    const writer = await createSealedWriter(join(partial.path, "backup"), header, key);
    try {
      const archive = createArchiveWriter((bytes) => writer.write(bytes));
      const manifest = await writeArchive({ archive, scratch: partial.path, step, header }, sources);
      await step("seal");
      await writer.end();
      await step("shares");
      await deps.handOut(header, shares);
      await step("publish");
      await partial.publish("backup", target);
      await step("done");
      return { header, manifest };
    } finally {
      await writer.close();
    }
  } finally {
    key.fill(0);
    for (const { value } of shares) value.fill(0);
    await partial.remove();
    release();
  }
}

async function refuseTarget(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found !== undefined) throw backupFailure("target-exists", target);
}

type Step = (step: BackupStep) => Promise<void>;

function stepsOf({ services }: BackupSources, { onStep }: BackupDeps): Step {
  const total = services.length * 3 + 4;
  let done = 0;
  return async (step) => {
    await onStep?.(step, done, total);
    done += 1;
  };
}

interface Writing {
  readonly archive: ArchiveWriter;
  /** For copies of databases. */
  readonly scratch: string;
  readonly step: Step;
  readonly header: BackupHeader;
}

async function writeArchive(writing: Writing, sources: BackupSources): Promise<BackupManifest> {
  const { archive, step, header } = writing;
  const files: ListedFile[] = [];
  const services: BackupManifest["services"] = [];
  const hardware: HardwareKey[] = [];
  for (const source of sources.services) {
    const written = await writeService(writing, source);
    files.push(...written.files);
    services.push(written.service);
    hardware.push(...written.hardware);
  }
  await step("configuration");
  const named = [
    ...sources.configuration.map((file) => ({ file, folder: "configuration" })),
    ...sources.services.flatMap(({ name, configuration }) =>
      configuration.map((file) => ({ file, folder: `${name}/configuration` })),
    ),
  ];
  for (const { file, folder } of named) {
    files.push(
      await archive.add({ path: `${folder}/${basename(file)}`, kind: "configuration" }, contentOf(file)),
    );
  }
  const manifest: BackupManifest = {
    type: "yinxin-backup-manifest",
    backup: header.id,
    made_at: header.made_at,
    deployment: header.deployment,
    services,
    files,
    hardware_keys: hardware,
  };
  await archive.add({ path: "manifest.json", kind: "manifest" }, once(utf8Of(JSON.stringify(manifest))));
  return manifest;
}

interface WrittenService {
  readonly files: readonly ListedFile[];
  readonly service: BackupManifest["services"][number];
  readonly hardware: readonly HardwareKey[];
}

async function writeService(
  { archive, scratch, step }: Writing,
  source: ServiceSource,
): Promise<WrittenService> {
  const { name, database, auditFolder } = source;
  await step(`database ${name}`);
  const copied = database === undefined ? undefined : await writeDatabase(archive, scratch, name, database);
  await step(`keys ${name}`);
  const keys = await writeKeys(archive, source);
  await step(`audit ${name}`);
  const { size, audit } = await writeAudit(archive, name, auditFolder);
  return {
    files: [...(copied === undefined ? [] : [copied.file]), ...keys, ...audit],
    hardware: copied?.hardware ?? [],
    service: {
      name,
      ...(copied === undefined ? {} : { database: copied.kind }),
      migrations: copied?.migrations ?? [],
      ...(size === undefined ? {} : { checkpointed_events: size }),
    },
  };
}

async function writeAudit(
  archive: ArchiveWriter,
  service: string,
  folder: string | undefined,
): Promise<{ readonly size: number | undefined; readonly audit: readonly ListedFile[] }> {
  if (folder === undefined) return { size: undefined, audit: [] };
  const place = { folder: `${service}/audit`, kind: "audit-folder", service } as const;
  // Before the folder is copied: it may grow meanwhile, and what is said is never more than what is there.
  const size = await checkpointedEvents(folder);
  return { size, audit: await writeFolder(archive, folder, place) };
}

async function writeKeys(
  archive: ArchiveWriter,
  { name, keysFolder, keyPassphraseFile }: ServiceSource,
): Promise<ListedFile[]> {
  const place = { folder: `${name}/keys`, kind: "key-store", service: name } as const;
  const files = keysFolder === undefined ? [] : await writeFolder(archive, keysFolder, place);
  if (keyPassphraseFile === undefined) return files;
  const head = { path: `${name}/key-passphrase`, kind: "key-passphrase", service: name } as const;
  return [...files, await archive.add(head, contentOf(keyPassphraseFile))];
}

interface CopiedDatabase {
  readonly file: ListedFile;
  readonly kind: "sqlite" | "postgres";
  readonly migrations: string[];
  readonly hardware: readonly HardwareKey[];
}

async function writeDatabase(
  archive: ArchiveWriter,
  scratch: string,
  service: string,
  url: string,
): Promise<CopiedDatabase> {
  if (!url.startsWith("sqlite:")) {
    const location = { url, schema: service };
    const head = { path: `${service}/database.jsonl`, kind: "postgres", service } as const;
    const file = await withDatabase(service, () => archive.add(head, linesOf(dumpPostgres(location))));
    const { migrations, keys } = await withDatabase(service, () => readHardwareKeys(location, service));
    return { file, kind: "postgres", migrations, hardware: keys };
  }
  const copy = join(scratch, `${service}.sqlite`);
  await copySqlite(url.slice("sqlite:".length), copy);
  const head = { path: `${service}/db.sqlite`, kind: "sqlite", service } as const;
  const file = await archive.add(head, contentOf(copy));
  const { migrations } = inspectSqlite(copy);
  const { keys } = await readHardwareKeys({ url: `sqlite:${copy}`, schema: service }, service);
  await Promise.all(["", "-wal", "-shm"].map((end) => rm(`${copy}${end}`, { force: true })));
  return { file, kind: "sqlite", migrations: [...migrations], hardware: keys };
}

async function* linesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const line of lines) yield utf8Of(`${line}\n`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(bytes);
}

/** At once. */
const readBytes = 1024 * 1024;

function contentOf(file: string): AsyncIterable<Uint8Array> {
  return createReadStream(file, { highWaterMark: readBytes }) as AsyncIterable<Uint8Array>;
}

interface FolderPlace {
  readonly folder: string;
  readonly kind: EntryKind;
  readonly service: string;
}

async function writeFolder(
  archive: ArchiveWriter,
  folder: string,
  { folder: target, kind, service }: FolderPlace,
): Promise<ListedFile[]> {
  const files = new Map<string, ListedFile>();
  for (const file of await filesOf(folder)) {
    const { handle, inside } = await openListed(file);
    try {
      const path = `${target}/${inside}`;
      if (files.has(path)) continue;
      const content = handle.createReadStream({ highWaterMark: readBytes, autoClose: false });
      files.set(path, await archive.add({ path, kind, service }, content as AsyncIterable<Uint8Array>));
    } finally {
      await handle.close();
    }
  }
  return Array.from(files.values());
}

/** The second line of a checkpoint is the size of its tree (C2SP tlog-checkpoint). */
async function checkpointedEvents(auditFolder: string): Promise<number | undefined> {
  const text = await readFile(join(auditFolder, "checkpoint"), "utf8").catch(() => undefined);
  const size = Number(text?.split("\n")[1]);
  return Number.isSafeInteger(size) ? size : undefined;
}
