import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

import { KeyStoreError } from "../key-store/index.ts";
import type { BothLanguages } from "../key-store/index.ts";
import type { PinSource } from "./pin-source.ts";
import { secretCopy } from "./secret-copy.ts";

/** Longer than the PIN of any device; a passphrase fits. */
const maximumPinOctets = 256;

/** Readable by the owner, and nothing else for anybody. */
const requiredMode = 0o400;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The PIN in a file that only its owner may read and nobody may write (mode 0400), such as a systemd credential; one newline
 * at its end is not part of it. Read again at each login.
 *
 * @param path of a regular file; not a symbolic link, since its target could change owner unseen.
 */
export function pinFile(path: string): PinSource {
  return { read: () => readPinFile(path) };
}

async function readPinFile(path: string): Promise<Uint8Array> {
  const file = await openPinFile(path);
  const buffer = Buffer.alloc(maximumPinOctets + 3);
  try {
    // Asked of the open file, not of its name: the name may point elsewhere a moment later.
    const { mode, uid } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw forbidden(`${path} is not a regular file`);
    refuseMode(mode, path);
    refuseOwner(uid, path);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return pinOf(buffer.subarray(0, bytesRead), path);
  } finally {
    buffer.fill(0);
    await file.close();
  }
}

async function openPinFile(path: string): Promise<FileHandle> {
  try {
    // A pipe in the place of a file would otherwise keep who opens it waiting for ever.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ELOOP") throw forbidden(`${path} is a symbolic link`);
    if (code === "ENOENT") throw new KeyStoreError("pin-required", `there is no PIN file ${path}`, { cause });
    throw new KeyStoreError("pin-file-permissions", `the PIN file ${path} cannot be opened`, { cause });
  }
}

function refuseMode(mode: number, path: string): void {
  const permissions = mode & 0o777;
  if (permissions === requiredMode) return;
  const octal = permissions.toString(8).padStart(4, "0");
  const command = `chmod 0400 ${quoted(path)}`;
  throw forbidden(`the PIN file ${path} has mode ${octal}; it must be 0400`, {
    zh: `运行 ${command}，再重新运行原来的命令。`,
    en: `Run ${command}, then the same command again.`,
  });
}

/** Whoever owns the file could change its mode. The superuser may own it too, as it does where systemd hands out credentials. */
function refuseOwner(owner: number, path: string): void {
  const own = process.geteuid?.();
  if (own === undefined || owner === own || owner === 0) return;
  throw forbidden(`the PIN file ${path} belongs to user ${String(owner)}`);
}

function pinOf(content: Uint8Array, path: string): Uint8Array {
  const pin = content.subarray(0, content.length - newlineOctets(content));
  if (pin.length === 0) throw new KeyStoreError("pin-required", `the PIN file ${path} is empty`);
  if (pin.length > maximumPinOctets) {
    throw new KeyStoreError(
      "configuration-malformed",
      `the PIN file ${path} has more than ${String(maximumPinOctets)} octets`,
    );
  }
  return secretCopy(pin);
}

function newlineOctets(content: Uint8Array): number {
  if (content.at(-1) !== lineFeed) return 0;
  return content.at(-2) === carriageReturn ? 2 : 1;
}

function forbidden(message: string, nextStep?: BothLanguages): KeyStoreError {
  return new KeyStoreError("pin-file-permissions", message, nextStep === undefined ? {} : { nextStep });
}

/** As one word of a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
