import { z } from "zod";

import { backupFailure } from "./backup-failure.ts";

/**
 * The form of a backup file, `yinxin-backup-1`:
 *
 * 1. `yinxin-backup-1\n`, 16 bytes;
 * 2. the length of the header, 4 bytes, and the header: JSON in UTF-8 that anybody may read (`yinxin backup show`);
 * 3. the archive in chunks of `chunk_bytes`, each encrypted by itself and followed by its tag of 16 bytes; the last one is shorter, or
 *    full. The nonce of a chunk is 7 zero bytes, its number in 4 bytes, and 1 for the last one, else 0; SHA-256 of parts 1 and 2 is
 *    authenticated with each. So no chunk can be changed, moved, dropped or added, and no end be cut off, unseen; a data key
 *    serves one backup only, which makes counted nonces safe (SP 800-38D §8.2.1).
 *
 * The archive is a row of entries: the length of a JSON head (4 bytes), the head `{path, kind, service?}`, then the content in
 * blocks, each with its length (4 bytes) before it, and a block of length 0. The last entry is `manifest.json`, which lists all others with their
 * sizes and SHA-256. Numbers are big-endian.
 *
 * The data key is random and is kept nowhere: `shares` of it are, see `@yinxin/crypto/secret-sharing`.
 */
export const backupMagic = "yinxin-backup-1\n";

export const backupCiphers = ["aes-256-gcm", "sm4-gcm"] as const;
export type BackupCipher = (typeof backupCiphers)[number];

/** Length of the data key. */
export const keyBytesOf: Readonly<Record<BackupCipher, number>> = { "aes-256-gcm": 32, "sm4-gcm": 16 };

export const backupLimits = {
  /** A header has a kilobyte, with digests of 16 shares two. */
  headerBytes: 64 * 1024,
  /** What is held in memory at once, twice. */
  chunkBytes: 4 * 1024 * 1024,
  entryHeadBytes: 8 * 1024,
  blockBytes: 4 * 1024 * 1024,
  /** An audit log of 10⁹ events has 4 million tiles. */
  entries: 8_000_000,
  /** Of one entry read whole: the manifest, with a line for each file. */
  manifestBytes: 512 * 1024 * 1024,
} as const;

/** Chunks as they are written. */
export const writtenChunkBytes: number = 64 * 1024;

const name = z.string().min(1).max(200);
/** It is part of paths, and the name of a schema. */
const service = z.string().regex(/^[a-z][a-z0-9_-]{0,50}$/);

export const backupHeaderShape = z.strictObject({
  format: z.literal("yinxin-backup-1"),
  id: z.string().regex(/^bak_[0-9a-f]{16}$/),
  made_at: z.iso.datetime(),
  deployment: name,
  services: z.array(service).max(100),
  cipher: z.enum(backupCiphers),
  chunk_bytes: z.int().min(1024).max(backupLimits.chunkBytes),
  shares: z.strictObject({
    set_id: z.int().min(0),
    threshold: z.int().min(2).max(16),
    /** SHA-256 of each share, hexadecimal: they name a wrong one. */
    digests: z
      .array(z.string().regex(/^[0-9a-f]{64}$/))
      .min(2)
      .max(16),
    holders: z.array(name).max(16),
  }),
});
export type BackupHeader = z.infer<typeof backupHeaderShape>;

export const entryKinds = [
  "sqlite",
  "postgres",
  "key-store",
  "key-passphrase",
  "audit-folder",
  "configuration",
  "manifest",
] as const;
export type EntryKind = (typeof entryKinds)[number];

const segment = /^[\p{L}\p{N}_][\p{L}\p{N}._+=@-]{0,150}$/u;

/** A path that stays where it is put: no `..`, no hidden file, no drive, at most 12 folders deep. */
export function isSafePath(path: string): boolean {
  const segments = path.split("/");
  return segments.length <= 13 && path.length <= 1000 && segments.every((each) => segment.test(each));
}

export const entryHeadShape = z.strictObject({
  path: z.string().refine(isSafePath, { message: "a path that leads elsewhere" }),
  kind: z.enum(entryKinds),
  service: name.optional(),
});
export type EntryHead = z.infer<typeof entryHeadShape>;

/** A key that is in a device and is in no backup. */
export const hardwareKeyShape = z.strictObject({
  service: name,
  purpose: z.string().max(200),
  version: z.int().min(1),
  state: z.string().max(50),
  uri: z.string().max(9000),
  /** The version kept ready in its place, if there is one. */
  standby: z.strictObject({ version: z.int().min(1), uri: z.string().max(9000) }).optional(),
});
export type HardwareKey = z.infer<typeof hardwareKeyShape>;

export const manifestShape = z.strictObject({
  type: z.literal("yinxin-backup-manifest"),
  backup: z.string(),
  made_at: z.iso.datetime(),
  deployment: name,
  services: z.array(
    z.strictObject({
      name: service,
      database: z.enum(["sqlite", "postgres"]).optional(),
      migrations: z.array(name).max(1000),
      /** Events under the last checkpoint in the audit folder, as it is in this backup. */
      checkpointed_events: z.int().min(0).optional(),
    }),
  ),
  files: z.array(
    entryHeadShape.extend({ size_bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
  hardware_keys: z.array(hardwareKeyShape).max(100_000),
});
export type BackupManifest = z.infer<typeof manifestShape>;

const whats = { header: "文件头", entry: "条目", manifest: "清单", share: "份额" } as const;

/** A value of JSON text from a backup. @throws CommandFailure `backup-malformed` */
export function readJson<Schema extends z.ZodType>(
  bytes: Uint8Array,
  shape: Schema,
  what: keyof typeof whats,
): z.output<Schema> {
  try {
    return shape.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw backupFailure(
      "backup-malformed",
      {
        zh: `${whats[what]}不是本程序所写`,
        en: `its ${what} is not what this program writes`,
      },
      cause,
    );
  }
}
