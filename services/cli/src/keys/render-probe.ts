import type {
  FieldNotTested,
  MechanismProbe,
  ProbeProblem,
  ProbeReport,
  ProbeVerdict,
  ProfileProbe,
  SlotProbe,
  TokenProbe,
} from "@yinxin/hsm-adapters/probe";

import { printable, renderTable } from "../terminal/index.ts";
import type { Bilingual, Language } from "../terminal/index.ts";
import { nextStepOfProbe } from "./probe-next-step.ts";

const verdicts: Readonly<Record<ProbeVerdict, Bilingual>> = {
  usable: { zh: "可用", en: "usable" },
  "no-device": { zh: "库正常，但未发现设备", en: "the library is well, and there is no device in sight" },
  "unknown-family": {
    zh: "不是 PKCS#11、SDF 或 SKF 库",
    en: "a library, but none of PKCS#11, SDF and SKF",
  },
  "profile-missing": {
    zh: "没有适用的配置；编写方法见 hsm-adapters/docs/writing-a-profile.md",
    en: "no profile fits; hsm-adapters/docs/writing-a-profile.md says how to write one",
  },
  "profile-malformed": { zh: "配置文件无法使用", en: "the profile that was named cannot be used" },
  "not-loadable": { zh: "无法加载", en: "it cannot be loaded" },
  crashed: { zh: "库崩溃", en: "the library crashed" },
  hung: { zh: "库无响应", en: "the library hung" },
  failed: { zh: "库报告错误", en: "the library refused" },
};

const labels = {
  zh: {
    family: "接口",
    missing: "缺少函数",
    library: "库",
    slot: "槽",
    noSlot: "没有槽",
    noToken: "无令牌",
    notInitialized: "令牌未初始化",
    signs: "签名算法",
    mechanisms: "机制",
    pin: {
      locked: "PIN 已锁定",
      last: "PIN 只剩一次机会",
      pad: "PIN 在设备键盘上输入",
      needed: "需要 PIN",
      none: "无需 PIN",
    },
    profile: "配置",
    result: "结果",
    detail: "说明",
    notTested: "未测试",
    next: "下一步",
  },
  en: {
    family: "family",
    missing: "functions that are missing",
    library: "library",
    slot: "slot",
    noSlot: "no slots",
    noToken: "no token",
    notInitialized: "a token that is not initialised",
    signs: "signs by",
    mechanisms: "mechanisms",
    pin: {
      locked: "PIN locked",
      last: "last try of the PIN",
      pad: "PIN typed on the device",
      needed: "needs a PIN",
      none: "needs no PIN",
    },
    profile: "PROFILE",
    result: "RESULT",
    detail: "DETAIL",
    notTested: "not tested",
    next: "next",
  },
} as const;

/** A report for a person: the answer first, then what was seen, then what to type next. */
export function renderProbe(report: ProbeReport, language: Language): string {
  const { verdict, problem, path, families, pkcs11, profiles, stores } = report;
  const label = labels[language];
  return [
    `${verdict === "usable" ? "✔" : "✖"} ${printable(path)}: ${verdicts[verdict][language]}\n`,
    ...(problem === undefined ? [] : [`  ${renderProblem(problem)}\n`]),
    ...families.map(({ family, missing }) => {
      const rest = missing.length === 0 ? "" : ` (${label.missing}: ${printable(missing.join(", "))})`;
      return `  ${label.family}: ${family.toUpperCase()}${rest}\n`;
    }),
    ...(pkcs11 === undefined
      ? []
      : [
          `  ${label.library}: ${printable(`${pkcs11.manufacturer} · ${pkcs11.description} ${pkcs11.libraryVersion}`)} · Cryptoki ${pkcs11.cryptokiVersion}\n`,
          ...(pkcs11.slots.length === 0
            ? [`  ${label.noSlot}\n`]
            : pkcs11.slots.flatMap((slot) => renderSlot(slot, language))),
        ]),
    ...(profiles.length === 0 ? [] : [renderProfiles(profiles, language)]),
    ...(stores.length > 0
      ? stores.map((store) => `yinxin keys list --store '${printable(store)}'${pinOption(report)}`)
      : [printable(nextStepOfProbe(report)?.[language] ?? "")]
    ).map((step) => `${label.next}: ${step}\n`),
  ].join("");
}

/** Left out where a library says that all its tokens are opened without one, or by one that is typed on them. */
function pinOption({ pkcs11 }: ProbeReport): string {
  const tokens = pkcs11?.slots.flatMap(({ token }) => (token?.isInitialized === true ? [token] : []));
  const wants = tokens?.some(({ needsPin, hasPinPad }) => needsPin && !hasPinPad) ?? true;
  return wants ? " --pin-file FILE" : "";
}

function renderProblem({ code, message, vendor, profileField }: ProbeProblem): string {
  const facts = [vendor, profileField].filter((fact) => fact !== undefined);
  return printable([`${code}: ${message}`, ...facts].join(" · "));
}

function renderSlot({ description, token, problem }: SlotProbe, language: Language): string[] {
  const label = labels[language];
  const lines = [`  ${label.slot} "${printable(description)}": `];
  if (token === undefined) {
    return [`${lines.join("")}${problem === undefined ? label.noToken : renderProblem(problem)}\n`];
  }
  if (!token.isInitialized) return [`${lines.join("")}${label.notInitialized}\n`];
  const identity = `"${token.label}" · ${token.manufacturer} ${token.model} · serial ${token.serial} · ${token.firmware}`;
  return [
    `${lines.join("")}${printable(identity)} · ${pinInWords(token, language)}\n`,
    `    ${label.signs}: ${token.signs.length === 0 ? "—" : token.signs.join(", ")}\n`,
    `    ${label.mechanisms}: ${renderMechanisms(token.mechanisms)}\n`,
  ];
}

function pinInWords(token: TokenProbe, language: Language): string {
  const { pin } = labels[language];
  if (token.isPinLocked) return pin.locked;
  if (token.isLastTry) return pin.last;
  if (token.hasPinPad) return pin.pad;
  return token.needsPin ? pin.needed : pin.none;
}

/** From here on the numbers are a vendor's own (CKM_VENDOR_DEFINED). */
const firstVendorNumber = 0x8000_0000;

/** Those that say what the token signs by, and a vendor's own; `--json` has all of them. */
function renderMechanisms(mechanisms: readonly MechanismProbe[]): string {
  const shown = mechanisms.flatMap(({ name, number }) =>
    name !== undefined ? [name] : Number(number) >= firstVendorNumber ? [number] : [],
  );
  const rest = mechanisms.length - shown.length;
  return [...shown, ...(rest === 0 ? [] : [`… +${String(rest)}`])].join(" ");
}

function renderProfiles(profiles: readonly ProfileProbe[], language: Language): string {
  const label = labels[language];
  const rows = profiles.map(({ profile, result, tested, notTested = [], problem, device }) => [
    profile,
    result,
    [
      ...(problem === undefined
        ? [
            device === undefined ? "" : `${device.manufacturer} ${device.model} ${device.serial}`,
            tested.join(", "),
          ]
        : [renderProblem(problem)]),
      ...notTested.map((each) => `${label.notTested}: ${whyNotTested(each)[language]}`),
    ]
      .filter((part) => part !== "")
      .join(" · "),
  ]);
  return renderTable([label.profile, label.result, label.detail], rows);
}

function whyNotTested({ field, call, answer, check }: FieldNotTested): Bilingual {
  return answer === undefined
    ? { zh: `${field}（库中没有 ${call}）`, en: `${field} (the library has no ${call})` }
    : {
        zh: `${field}（${call} 返回 ${answer}；请核对 ${check}）`,
        en: `${field} (${call} answered ${answer}; check ${check})`,
      };
}
