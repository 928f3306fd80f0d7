import { createCipheriv, createDecipheriv, scryptSync } from "node:crypto";

import { bytesOfBase64, base64Of, utf8Of } from "@yinxin/crypto/bytes";
import { encodeShare, parseShare, readShareWords, SecretSharingError } from "@yinxin/crypto/secret-sharing";
import type { SecretShare, SecretSharingErrorCode, ShareReading } from "@yinxin/crypto/secret-sharing";
import { z } from "zod";

import { backupFailure } from "./backup-failure.ts";
import { readJson } from "./backup-format.ts";
import { CommandFailure } from "../terminal/index.ts";

/** scrypt (RFC 7914) at 128 MiB: half a second here, and a GPU has to pay for the memory too. */
const writtenCost = { n: 2 ** 17, r: 8, p: 1 } as const;
/** Node refuses more than 32 MiB unless told; a file from outside must not ask for more than this. */
const scryptBytesMax = 300 * 1024 * 1024;
/** Some 80 bits where it is made of random words. */
const shortestPassphrase = 20;

const base64 = z.string().max(2000);
const shareFileShape = z.strictObject({
  format: z.literal("yinxin-share-1"),
  backup: z.string().max(100),
  set_id: z.int().min(0),
  index: z.int().min(1).max(16),
  threshold: z.int().min(2).max(16),
  holder: z.string().max(200),
  scrypt: z.strictObject({
    n: z
      .int()
      .min(2 ** 14)
      .max(2 ** 18),
    r: z.literal(8),
    p: z.literal(1),
    salt: base64,
  }),
  nonce: base64,
  sealed: base64,
});
type ShareFile = z.infer<typeof shareFileShape>;

/** A share file has half a kilobyte; words of 32 have a quarter. */
export const shareFileBytesMax: number = 16 * 1024;

/** @throws CommandFailure `passphrase-weak` */
export function checkPassphrase(passphrase: Uint8Array): void {
  if (passphrase.length < shortestPassphrase)
    throw backupFailure("passphrase-weak", {
      zh: `不足 ${String(shortestPassphrase)} 个字符`,
      en: `it has fewer than ${String(shortestPassphrase)} characters`,
    });
}

/** A share under its holder's passphrase: scrypt and AES-256-GCM; what stands beside it in the clear is authenticated. */
export function sealShare(
  share: SecretShare,
  { backup, holder }: { readonly backup: string; readonly holder: string },
  passphrase: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): string {
  checkPassphrase(passphrase);
  const nonce = randomBytes(12);
  const open: Omit<ShareFile, "sealed"> = {
    format: "yinxin-share-1",
    backup,
    set_id: share.setId,
    index: share.index,
    threshold: share.threshold,
    holder,
    scrypt: { ...writtenCost, salt: base64Of(randomBytes(16)) },
    nonce: base64Of(nonce),
  };
  const cipher = createCipheriv("aes-256-gcm", keyOf(open, passphrase), nonce).setAAD(associatedOf(open));
  const sealed = Buffer.concat([cipher.update(encodeShare(share)), cipher.final(), cipher.getAuthTag()]);
  return `${JSON.stringify({ ...open, sealed: sealed.toString("base64") }, undefined, 2)}\n`;
}

function keyOf({ scrypt: { n, r, p, salt } }: Pick<ShareFile, "scrypt">, passphrase: Uint8Array): Uint8Array {
  return scryptSync(passphrase, bytesOfBase64(salt), 32, { N: n, r, p, maxmem: scryptBytesMax });
}

function associatedOf(open: Omit<ShareFile, "sealed">): Uint8Array {
  const { format, backup, set_id, index, threshold, holder, scrypt } = open;
  return utf8Of(JSON.stringify([format, backup, set_id, index, threshold, holder, scrypt]));
}

/** What a share file is: encrypted, or words. */
export type ShareText =
  | {
      readonly kind: "encrypted";
      readonly holder: string;
      /** As the file says it; proved when it is opened. */
      readonly setId: number;
      readonly index: number;
      open(passphrase: Uint8Array): SecretShare;
    }
  | { readonly kind: "words"; readonly share: SecretShare };

/** @throws CommandFailure `shares-unusable`, which names the words that are wrong; `backup-malformed`. */
export function readShareText(bytes: Uint8Array, name: string): ShareText {
  const text = new TextDecoder().decode(bytes);
  if (!text.trimStart().startsWith("{")) return { kind: "words", share: shareOfWords(text, name) };
  const file = readJson(bytes, shareFileShape, "share");
  return {
    kind: "encrypted",
    holder: file.holder,
    setId: file.set_id,
    index: file.index,
    open: (passphrase) => openShare(file, passphrase),
  };
}

function openShare(file: ShareFile, passphrase: Uint8Array): SecretShare {
  const { sealed: text, ...open } = file;
  const sealed = bytesOfBase64(text);
  const decipher = createDecipheriv("aes-256-gcm", keyOf(open, passphrase), bytesOfBase64(open.nonce), {
    authTagLength: 16,
  });
  decipher.setAAD(associatedOf(open)).setAuthTag(sealed.subarray(-16));
  const plain = decipher.update(sealed.subarray(0, -16));
  try {
    decipher.final();
  } catch (cause) {
    throw backupFailure(
      "share-passphrase-wrong",
      {
        zh: `${file.holder} 的第 ${String(file.index)} 份`,
        en: `share ${String(file.index)} of ${file.holder}`,
      },
      cause,
    );
  }
  return parseShare(plain);
}

/** A share from words that somebody typed. @throws CommandFailure `shares-unusable` */
export function shareOfWords(text: string, name: string): SecretShare {
  const reading = readShareWords(text);
  if ("share" in reading) return reading.share;
  const { zh, en } = wordsOfProblem(reading);
  throw new CommandFailure(
    "shares-unusable",
    { zh: `${name}：${zh}`, en: `${name}: ${en}` },
    { exitCode: 5 },
  );
}

/** What is wrong, word by word. */
export function wordsOfProblem(reading: Exclude<ShareReading, { share: SecretShare }>): {
  zh: string;
  en: string;
} {
  if (reading.reason === "word-count") {
    const expected = reading.expected.join(" / ");
    return {
      zh: `共 ${String(reading.count)} 个词，应为 ${expected} 个`,
      en: `${String(reading.count)} words; a share has ${expected}`,
    };
  }
  if (reading.reason === "version")
    return { zh: "份额出自更新的版本", en: "the share is of a newer version" };
  const each = reading.problems.map(({ word, written, perhaps }) => {
    const hint = perhaps.join(" | ");
    return {
      zh: `第 ${String(word)} 个词“${written}”有误${hint === "" ? "" : `，是否为 ${hint}`}`,
      en: `word ${String(word)}, "${written}", is wrong${hint === "" ? "" : `; perhaps ${hint}`}`,
    };
  });
  if (each.length === 0)
    return { zh: "校验不符，不止一个词有误", en: "the checksum fails; more than one word is wrong" };
  return { zh: each.map(({ zh }) => zh).join("；"), en: each.map(({ en }) => en).join("; ") };
}

const reasons: Readonly<Record<SecretSharingErrorCode, string>> = {
  "share-set-invalid": "份额数、门限或长度不成立",
  "share-malformed": "不是份额，或校验不符",
  "shares-too-few": "份额不足，未达到门限",
  "shares-of-different-sets": "不属于同一组份额",
  "share-wrong": "份额与发出的不符",
};

/** Tells what is wrong with shares as a failure of the command. */
export function shareFailure(cause: unknown): unknown {
  if (!(cause instanceof SecretSharingError)) return cause;
  const which = cause.indices.length === 0 ? "" : `（第 ${cause.indices.join("、")} 份）`;
  return backupFailure("shares-unusable", { zh: `${reasons[cause.code]}${which}`, en: cause.message }, cause);
}
