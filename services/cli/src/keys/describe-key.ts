import { createHash } from "node:crypto";

import { hexOf } from "@yinxin/crypto/bytes";
import type { KeyDescription } from "@yinxin/hsm-adapters/key-store";

import type { Language } from "../terminal/index.ts";

/** A key as `--json` has it. */
export interface KeyJson extends KeyDescription {
  /** Of the SubjectPublicKeyInfo. */
  readonly fingerprint: string;
}

export function keyJsonOf(key: KeyDescription): KeyJson {
  return { ...key, fingerprint: fingerprintOf(key.publicKey) };
}

export function fingerprintOf(publicKey: Uint8Array): string {
  return `sha-256:${hexOf(createHash("sha256").update(publicKey).digest())}`;
}

const words = {
  zh: {
    local: "设备内生成",
    imported: "从外部导入",
    extractable: "可导出！",
    neverExtractable: "不可导出",
    alwaysAuthenticate: "每次签名须输入 PIN",
  },
  en: {
    local: "made inside",
    imported: "brought in",
    extractable: "extractable!",
    neverExtractable: "never extractable",
    alwaysAuthenticate: "PIN at every signature",
  },
} as const;

/** What the device says of the private key, in words. */
export function attributesInWords({ attributes }: KeyDescription, language: Language): string {
  const word = words[language];
  const { local, extractable, neverExtractable, alwaysAuthenticate } = attributes;
  return [
    ...(local === undefined ? [] : [local ? word.local : word.imported]),
    ...(extractable === true ? [word.extractable] : []),
    ...(neverExtractable === true ? [word.neverExtractable] : []),
    ...(alwaysAuthenticate === true ? [word.alwaysAuthenticate] : []),
  ].join(" · ");
}
