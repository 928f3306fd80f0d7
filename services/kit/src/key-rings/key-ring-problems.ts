import type { ProblemTable } from "../problems/index.ts";

/** Why a key ring refuses. */
export type KeyRingRefusalCode =
  | "key-ring-not-found"
  | "key-ring-exists"
  | "key-version-not-found"
  | "key-not-active"
  | "key-suspended"
  | "key-frozen"
  | "key-limit-reached"
  | "key-move-not-allowed"
  | "key-approval-missing"
  | "key-active-already"
  | "key-already-used"
  | "key-changed"
  | "scope-malformed"
  | "scope-unknown"
  | "scope-frozen"
  | "scope-already-frozen"
  | "scope-not-frozen";

/** The problems of key rings; every service's table takes them in. */
export const keyRingProblems = {
  "key-ring-not-found": {
    status: 404,
    title: { zh: "没有这个密钥环", en: "There is no such key ring" },
    hint: { zh: "用 GET /v1/key-rings 查看所有用途。", en: "GET /v1/key-rings lists every purpose." },
  },
  "key-ring-exists": {
    status: 409,
    title: { zh: "该用途已有密钥环", en: "This purpose has a key ring already" },
    hint: { zh: "改用轮换来更换密钥。", en: "Rotate the ring to change its key." },
  },
  "key-version-not-found": {
    status: 404,
    title: { zh: "密钥环中没有这个版本", en: "The key ring has no such version" },
    hint: { zh: "查看该密钥环的版本列表。", en: "Look at the versions of the ring." },
  },
  "key-not-active": {
    status: 503,
    title: { zh: "没有可用于签名的密钥", en: "There is no key that may sign" },
    hint: {
      zh: "稍后重试；若仍如此，请安全管理员启用一个密钥版本。",
      en: "Try again in a moment; if it stays so, ask a security officer to activate a version.",
    },
  },
  "key-suspended": {
    status: 503,
    title: { zh: "密钥已被挂起", en: "The key is suspended" },
    hint: {
      zh: "签名已停止；由两名安全管理员恢复或更换密钥。",
      en: "Signing has stopped; two security officers resume or replace the key.",
    },
  },
  "key-frozen": {
    status: 503,
    title: { zh: "该范围已被冻结", en: "The key is frozen" },
    hint: { zh: "由两名安全管理员解冻后重试。", en: "Try again after two security officers have thawed it." },
  },
  "key-limit-reached": {
    status: 503,
    title: { zh: "密钥的签名次数已用完", en: "The key has made as many signatures as it may" },
    hint: { zh: "请安全管理员轮换密钥。", en: "Ask a security officer to rotate the key." },
  },
  "key-move-not-allowed": {
    status: 409,
    title: { zh: "密钥不能这样改变状态", en: "The key cannot go to this state" },
    hint: { zh: "对照 docs/states.md 中的状态表。", en: "Compare with the table in docs/states.md." },
  },
  "key-approval-missing": {
    status: 403,
    title: { zh: "批准人数不足", en: "Too few persons have agreed" },
    hint: {
      zh: "提出变更申请，由足够的安全管理员批准后执行。",
      en: "Propose a change and run it when enough security officers have approved it.",
    },
  },
  "key-active-already": {
    status: 409,
    title: { zh: "密钥环已有启用的版本", en: "The ring has an active version already" },
    hint: { zh: "先使启用的版本停签。", en: "Retire the active version first." },
  },
  "key-already-used": {
    status: 409,
    title: { zh: "该密钥已是某个版本", en: "This key is a version of a ring already" },
    hint: { zh: "密钥不得重复使用：请生成新的密钥。", en: "Keys are never used again: make a new one." },
  },
  "key-changed": {
    status: 409,
    title: { zh: "密钥状态刚刚改变", en: "The key changed meanwhile" },
    hint: { zh: "查看当前状态后重试。", en: "Look at its state and try again." },
  },
  "scope-unknown": {
    status: 404,
    title: { zh: "没有该范围", en: "There is nothing of this name" },
    hint: {
      zh: "核对印章或单位的标识：yinxin keys list 的用途 seal.owner.… 中有印章标识。",
      en: "Check the id of the seal or unit: yinxin keys list shows a seal's in its purpose, seal.owner.….",
    },
  },
  "scope-malformed": {
    status: 400,
    title: { zh: "范围的写法不对", en: "This is not a scope" },
    hint: {
      zh: "写作 key:用途、seal:印章标识 或 unit:单位标识。",
      en: "Write key:PURPOSE, seal:ID or unit:ID.",
    },
  },
  "scope-frozen": {
    status: 503,
    title: { zh: "该范围已被冻结", en: "This scope is frozen" },
    hint: { zh: "由两名安全管理员解冻后重试。", en: "Try again after two security officers have thawed it." },
  },
  "scope-already-frozen": {
    status: 409,
    title: { zh: "该范围已经冻结", en: "This scope is frozen already" },
    hint: { zh: "无需重复冻结。", en: "There is nothing more to stop." },
  },
  "scope-not-frozen": {
    status: 409,
    title: { zh: "该范围没有被冻结", en: "This scope is not frozen" },
    hint: { zh: "查看当前冻结的范围。", en: "Look at what is frozen now." },
  },
} as const satisfies ProblemTable<KeyRingRefusalCode>;
