import { changeCommand } from "../approvals/index.ts";
import type { ChangeCall, WantedAtService } from "../approvals/index.ts";
import type { OfficerSession } from "../officer/index.ts";
import { onlyWord, readDuration, readTime, UsageError } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { findRing } from "./read-key-rows.ts";
import { suspendFirst } from "./suspend-first.ts";

const dayMilliseconds = 86_400_000;

const versionOption = {
  version: {
    type: "string",
    value: "N",
    help: { zh: "哪个版本；缺省为启用的版本", en: "which version; the active one if absent" },
  },
} as const satisfies OptionTable;

/** The ring that the command's word names, and an operation on it. */
async function onRing(
  { positionals }: Pick<ChangeCall<OptionTable>, "positionals">,
  session: OfficerSession,
  operation: string,
  parameters: WantedAtService["parameters"] = {},
): Promise<WantedAtService> {
  const purpose = onlyWord(positionals, "a purpose (yinxin keys list)");
  const { service } = await findRing(session, purpose);
  return { service, operation, target: purpose, parameters };
}

function versionOf(text: string | undefined): { readonly version?: number } {
  if (text === undefined) return {};
  const [, digits] = /^v?([1-9]\d{0,5})$/.exec(text) ?? [];
  if (digits === undefined)
    throw new UsageError({
      zh: `--version ${text}：请写成数字，如 2。`,
      en: `--version ${text}: write a number, like 2.`,
    });
  return { version: Number(digits) };
}

export const rotateCommand = changeCommand({
  line: "keys rotate PURPOSE",
  examples: ["keys rotate sso.token --dry-run", 'keys rotate seal.maker --reason "ends in 24 days"'],
  about: {
    zh: "轮换密钥：先看计划（--dry-run），再提交申请（--reason），由别的管理员批准后执行（--apply）。",
    en: "Rotates a key: see the plan first (--dry-run), ask for it (--reason), and do it once others approved (--apply).",
  },
  operations: ["key.rotate"],
  options: {},
  wanted: (call, session) => onRing(call, session, "key.rotate"),
});

export const suspendCommand = changeCommand({
  line: "keys suspend PURPOSE",
  examples: ['keys suspend sso.token --reason "odd signatures"', "keys suspend sso.token --dry-run"],
  about: {
    zh: "立即停止一把密钥签名；一位管理员即可，恢复需要两位。",
    en: "Stops a key from signing, at once. One officer is enough; it takes two to resume it.",
  },
  operations: ["key.suspend"],
  options: versionOption,
  isImmediate: true,
  isConfirmed: true,
  wanted: (call, session) => onRing(call, session, "key.suspend", versionOf(call.values.version)),
});

export const resumeCommand = changeCommand({
  line: "keys resume PURPOSE",
  examples: ["keys resume sso.token --dry-run", 'keys resume sso.token --reason "a false alarm"'],
  about: {
    zh: "恢复已挂起的密钥；需要两位管理员。",
    en: "Lets a suspended key sign again. It takes two officers.",
  },
  operations: ["key.resume"],
  options: versionOption,
  wanted: (call, session) => onRing(call, session, "key.resume", versionOf(call.values.version)),
});

export const compromiseCommand = changeCommand({
  line: "keys compromise PURPOSE --since TIME",
  examples: [
    "keys compromise seal.maker --since 2026-11-20T08:00:00+08:00 --dry-run",
    'keys compromise seal.maker --since 7d --reason "the card was stolen"',
  ],
  about: {
    zh: "宣告密钥自某时起已泄露。先立即挂起它（一位管理员即可），再由另一位批准：吊销证书、列出此后的签名、启用备用密钥。",
    en: "Declares that somebody else has had a key since some time. It is suspended at once, by you alone; when another officer approved,\nits certificate is revoked, what it signed since is listed, and the stand-by key takes over.",
  },
  operations: ["key.compromise"],
  options: {
    since: {
      type: "string",
      value: "TIME",
      help: {
        zh: "自何时起不可信：带时区的时间，或距今多久（7d）",
        en: "from when on it is not believed: a time with its offset, or a span back from now (7d)",
      },
    },
    ...versionOption,
  },
  isConfirmed: true,
  wanted: (call, session) => {
    const { since, version } = call.values;
    if (since === undefined)
      throw new UsageError({ zh: "请写明自何时起：--since TIME。", en: "Say from when on: --since TIME." });
    const time = readTime("--since", since, call.terminal.now()).toISOString();
    return onRing(call, session, "key.compromise", { since: time, ...versionOf(version) });
  },
  before: suspendFirst,
});

export const destroyCommand = changeCommand({
  line: "keys destroy PURPOSE --version N [--after 7d | --cancel]",
  examples: [
    "keys destroy sso.token --version 1 --after 7d --dry-run",
    'keys destroy sso.token --version 1 --after 7d --reason "no longer needed"',
  ],
  about: {
    zh: "经两位管理员批准，等待期满后永久销毁一个版本的私钥；等待期内可用 --cancel 取消。给出 --store 时销毁密钥存储中的密钥。",
    en: "Destroys the private key of a version for good, once two officers approved and the waiting time is over; --cancel calls it off before.\nWith --store it destroys a key of a store.",
  },
  operations: ["key.destroy", "key.destroy-cancel"],
  options: {
    after: {
      type: "string",
      value: "SPAN",
      help: { zh: "批准后等待多久（缺省 7d）", en: "waiting time after approval (7d if absent)" },
    },
    cancel: {
      type: "boolean",
      help: { zh: "取消销毁；一位管理员即可", en: "call it off; one officer is enough" },
    },
    ...versionOption,
  },
  isConfirmed: true,
  wanted: (call, session) => {
    const { after, cancel } = call.values;
    const version = versionOf(call.values.version);
    if (version.version === undefined)
      throw new UsageError({
        zh: "请写明哪个版本：--version N（yinxin keys show PURPOSE）。",
        en: "Say which version: --version N (yinxin keys show PURPOSE).",
      });
    if (cancel === true) return onRing(call, session, "key.destroy-cancel", version);
    const days = Math.ceil(readDuration("--after", after ?? "7d") / dayMilliseconds);
    return onRing(call, session, "key.destroy", { ...version, after_days: days });
  },
});

export const standbyCommand = changeCommand({
  line: "keys standby PURPOSE",
  examples: ["keys standby seal.maker --dry-run", 'keys standby seal.maker --reason "yearly"'],
  about: {
    zh: "预先生成备用密钥并签好证书，泄露时立即接替。",
    en: "Makes a key that waits, certificate and all, to take over at once when the active one is lost.",
  },
  operations: ["key.standby"],
  options: {},
  wanted: (call, session) => onRing(call, session, "key.standby"),
});

export const drillCommand = changeCommand({
  line: "keys drill PURPOSE",
  examples: ["keys drill seal.maker --dry-run", 'keys drill seal.maker --reason "half-year drill"'],
  about: {
    zh: "演练泄露处置：在一次性密钥环上走完每一步，并计时“恢复安全用时”。不触及真实密钥。",
    en: "Practises a compromise: every step on a throw-away ring, with the clock “time to safe”. No real key is touched.",
  },
  operations: ["key.drill"],
  options: {},
  wanted: (call, session) => onRing(call, session, "key.drill"),
});
