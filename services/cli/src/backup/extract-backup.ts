import { createHash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";

import { readArchive } from "./archive.ts";
import type { ReadEntry } from "./archive.ts";
import { backupFailure } from "./backup-failure.ts";
import { backupLimits, manifestShape, readJson } from "./backup-format.ts";
import type { BackupManifest } from "./backup-format.ts";
import type { OpenedBackup } from "./sealed-file.ts";

const ownerOnlyFile = 0o600;
const ownerOnlyFolder = 0o700;
/** As a PIN file has to be. */
const ownerReadsFile = 0o400;

/**
 * Decrypts everything into a folder that is there and empty, and holds it against the manifest, file by file.
 *
 * @throws CommandFailure `backup-changed`, `backup-malformed`; what was written then is not to be used.
 */
export async function extractBackup(
  backup: OpenedBackup,
  key: Uint8Array,
  folder: string,
): Promise<BackupManifest> {
  const written = new Map<string, { readonly size_bytes: number; readonly sha256: string }>();
  let manifest: BackupManifest | undefined;
  for await (const entry of readArchive(backup.read(key))) {
    if (manifest !== undefined)
      throw backupFailure("backup-malformed", {
        zh: "清单之后还有内容",
        en: "something follows its manifest",
      });
    const { path, kind } = entry.head;
    if (written.has(path))
      throw backupFailure("backup-malformed", { zh: `${path} 出现两次`, en: `${path} is in it twice` });
    if (kind === "manifest") manifest = await readManifest(entry);
    else written.set(path, await writeEntry(entry, folder));
  }
  if (manifest === undefined)
    throw backupFailure("backup-malformed", { zh: "没有清单", en: "it has no manifest" });
  checkManifest(manifest, backup.header.id, written);
  return manifest;
}

type Written = ReadonlyMap<string, { readonly size_bytes: number; readonly sha256: string }>;

function checkManifest({ backup, files }: BackupManifest, id: string, written: Written): void {
  if (backup !== id)
    throw backupFailure("backup-malformed", {
      zh: "清单属于另一份备份",
      en: "its manifest is of another backup",
    });
  for (const file of files) {
    const found = written.get(file.path);
    if (found?.sha256 !== file.sha256 || found.size_bytes !== file.size_bytes)
      throw backupFailure("backup-malformed", {
        zh: `${file.path} 与清单不符`,
        en: `${file.path} is not as the manifest says`,
      });
  }
  if (written.size !== files.length)
    throw backupFailure("backup-malformed", { zh: "内容多于清单", en: "it holds more than its manifest" });
}

async function readManifest({ content }: ReadEntry): Promise<BackupManifest> {
  const blocks: Uint8Array[] = [];
  let size = 0;
  for await (const block of content) {
    size += block.length;
    if (size > backupLimits.manifestBytes)
      throw backupFailure("backup-malformed", { zh: "清单太长", en: "its manifest is too long" });
    blocks.push(block);
  }
  return readJson(Buffer.concat(blocks), manifestShape, "manifest");
}

/** Paths were checked when the entry's head was read: none leads out of the folder. */
async function writeEntry(
  { head, content }: ReadEntry,
  folder: string,
): Promise<{ size_bytes: number; sha256: string }> {
  const path = join(folder, head.path);
  await mkdir(dirname(path), { recursive: true, mode: ownerOnlyFolder });
  const file = await open(path, "wx", head.kind === "key-passphrase" ? ownerReadsFile : ownerOnlyFile);
  const hash = createHash("sha256");
  let size = 0;
  try {
    for await (const block of content) {
      await file.write(block);
      hash.update(block);
      size += block.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { size_bytes: size, sha256: hash.digest("hex") };
}
