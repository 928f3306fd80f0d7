import type { CommandEntry } from "./command.ts";
import { meant } from "./terminal/index.ts";

/** What `yinxin` can do, in the order of its help; each is loaded when it is called. */
export const commands: readonly CommandEntry[] = [
  {
    name: "verify",
    summary: {
      zh: "离线验证文档、印章与签名",
      en: "verify documents, seals and signatures, offline",
    },
    load: async () => (await import("./verify/verify-command.ts")).command,
  },
  {
    name: "keys probe",
    summary: {
      zh: "识别厂商库：接口、设备与适用的配置；不做任何改动",
      en: "find out what a vendor's library is, and which profile fits; changes nothing",
    },
    load: async () => (await import("./keys/probe-command.ts")).command,
  },
  {
    name: "keys conformance",
    summary: {
      zh: "逐项检验密码设备是否合乎要求",
      en: "put a device to the test, promise by promise",
    },
    load: async () => (await import("./keys/conformance-command.ts")).command,
  },
  {
    name: "keys list",
    summary: { zh: "列出密钥", en: "list the keys of a store" },
    load: async () => (await import("./keys/list-command.ts")).command,
  },
  {
    name: "keys show",
    summary: { zh: "查看一个密钥", en: "show one key" },
    load: async () => (await import("./keys/show-command.ts")).command,
  },
  {
    name: "keys generate",
    summary: { zh: "在设备内生成密钥", en: "make a key in the store" },
    load: async () => (await import("./keys/generate-command.ts")).command,
  },
  {
    name: "keys import-p12",
    summary: {
      zh: "从 PKCS#12 文件导入密钥与证书",
      en: "bring a key and its certificate in from a PKCS#12 file",
    },
    load: async () => (await import("./keys/import-p12-command.ts")).command,
  },
  {
    name: "keys certificate",
    summary: {
      zh: "读取、写入证书，或制作证书请求",
      en: "read or write a key's certificate, or make a request for one",
    },
    load: async () => (await import("./keys/certificate-command.ts")).command,
  },
  {
    name: "keys destroy",
    summary: { zh: "永久销毁密钥", en: "destroy a key for good" },
    load: async () => (await import("./keys/destroy-command.ts")).command,
  },
  {
    name: "keys serve",
    summary: {
      zh: "通过双向 TLS 向其他主机提供密钥服务",
      en: "let other hosts use the keys of a store, over mutual TLS",
    },
    load: async () => (await import("./keys/serve-command.ts")).command,
  },
];

export interface FoundCommand {
  readonly entry: CommandEntry;
  readonly rest: readonly string[];
}

/** The command that a command line begins with; undefined if it is none. */
export function findCommand(args: readonly string[]): FoundCommand | undefined {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(" ");
    const entry = commands.find((each) => each.name === name);
    if (entry !== undefined && args.length >= length) return { entry, rest: args.slice(length) };
  }
  return undefined;
}

/** Commands that a command line which begins with none may have meant, nearest first. */
export function namesMeant(words: readonly string[]): readonly string[] {
  const names = commands.map(({ name }) => name);
  const typed = words.filter((word) => !word.startsWith("-"));
  const both = meant(typed.slice(0, 2).join(" "), names);
  if (both.length > 0) return both;
  const [first = ""] = typed;
  const groups = [...new Set(names.map((name) => name.split(" ")[0] ?? ""))];
  return groups.includes(first) ? [] : meant(first, groups);
}
