import type { ProblemTable } from "@yinxin/service-kit/problems";

export type ClientKeyRefusalCode =
  | "client-key-malformed"
  | "client-key-not-proven"
  | "client-key-used"
  | "client-keys-too-many"
  | "client-not-found";

/** How a client is told that its keys stay as they are. */
export const clientKeyProblems = {
  "client-key-malformed": {
    status: 400,
    title: { zh: "公钥格式不正确", en: "The public key cannot be read" },
    hint: { zh: "取计划提示中的公钥。", en: "Take the public key that the waiting plan names." },
  },
  "client-not-found": {
    status: 404,
    title: { zh: "接入系统不存在", en: "There is no such client" },
    hint: { zh: "检查接入系统的标识。", en: "Check the client's id." },
  },
  "client-key-not-proven": {
    status: 403,
    title: { zh: "密钥登记声明未被接受", en: "The statement about a client's keys is not believed" },
    hint: {
      zh: "声明必须由该系统已登记的密钥刚刚签署，且只能使用一次；密钥丢失时由管理员在启动清单中写入新公钥。",
      en: "A registered key of the client must have signed it just now, and it counts once. If the key is lost, the operator puts a new one into the manifest.",
    },
  },
  "client-key-used": {
    status: 409,
    title: { zh: "密钥已用过", en: "The key was used before" },
    hint: { zh: "生成一把新的密钥。", en: "Make a new key." },
  },
  "client-keys-too-many": {
    status: 409,
    title: { zh: "登记的密钥过多", en: "The client has too many keys" },
    hint: { zh: "先撤销不再使用的密钥。", en: "Remove the keys that are not used any more." },
  },
} as const satisfies ProblemTable<ClientKeyRefusalCode>;
