import { breakGlassName, officerRoles } from "@yinxin/service-kit/approvals";
import type { Officer, OfficerPolicy, OfficerRole } from "@yinxin/service-kit/approvals";

import { changeCommand, policyAskedFor } from "../approvals/index.ts";
import type { FoundChange } from "../approvals/index.ts";
import { serviceOption } from "../officer/index.ts";
import { noWords, onlyWord, UsageError } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { reviewOption } from "./break-glass-member.ts";
import { officerNamed } from "./next-policy.ts";
import { readCertificate } from "./policy-file.ts";
import { shareNewPolicy } from "./share-new-policy.ts";
import { wantBreakGlass, wantPolicy, withoutBreakGlass } from "./want-policy.ts";

const officerOptions = {
  certificate: {
    type: "string",
    value: "FILE",
    help: { zh: "证书（PEM）", en: "the certificate, PEM" },
  },
  person: {
    type: "string",
    value: "TEXT",
    help: {
      zh: "人员，如人事编号；一人不得兼任",
      en: "who it is, like a number of the staff; nobody is two officers",
    },
  },
  name: { type: "string", value: "TEXT", help: { zh: "姓名", en: "the name" } },
  unit: { type: "string", value: "TEXT", help: { zh: "单位", en: "the unit" } },
} as const satisfies OptionTable;

/** `yinxin officers add` */
export const addCommand = changeCommand({
  line: "officers add --id ID --person TEXT --name TEXT --unit TEXT --role ROLE --certificate FILE",
  examples: [
    "officers add --id zhou-hang --person 1042 --name 周航 --unit 信息中心 --role security-officer --certificate zhou-hang.pem --dry-run",
    'officers add --id zhou-hang --person 1042 --name 周航 --unit 信息中心 --role security-officer --certificate zhou-hang.pem --reason "fourth officer"',
  ],
  about: {
    zh: "申请增加一位管理员：以现行策略为底，提出整份新策略；按现行策略批准后生效，并交给各服务。",
    en: "Asks for one more officer: the whole new policy, made from the one in force, is what the others approve. Once done, every service gets it.",
  },
  operations: ["policy.change"],
  options: {
    id: {
      type: "string",
      value: "ID",
      help: { zh: "编号，如 zhou-hang", en: "the account, like zhou-hang" },
    },
    ...officerOptions,
    role: {
      type: "string",
      value: "ROLE",
      help: { zh: officerRoles.join("、"), en: officerRoles.join(", ") },
    },
    ...serviceOption,
  },
  isAbout: isAboutOfficer,
  after: shareNewPolicy,
  wanted: async ({ positionals, values }, session) => {
    noWords(positionals);
    const { id, person, name, unit, certificate } = values;
    if (
      id === undefined ||
      person === undefined ||
      name === undefined ||
      unit === undefined ||
      certificate === undefined
    )
      throw new UsageError("Give --id, --person, --name, --unit, --role and --certificate.");
    const role = readRole(values.role);
    const officer = { id, person, name, unit, role, certificate: await readCertificate(certificate) };
    return await wantPolicy(session, values.service, ({ officers }) => ({
      officers: [...officers, officer],
    }));
  },
});

/** `yinxin officers replace` */
export const replaceCommand = changeCommand({
  line: "officers replace ID|break-glass --certificate FILE [--person TEXT --name TEXT --unit TEXT] [--id NEW-ID]",
  examples: [
    "officers replace li-qiang --certificate li-qiang-2.pem --dry-run",
    'officers replace li-qiang --id zhou-hang --person 1042 --name 周航 --certificate zhou-hang.pem --reason "left in June"',
    'officers replace break-glass --certificate glass.pem --review-within 48 --reason "the sealed key of this year"',
  ],
  about: {
    zh: "申请更换一位管理员：只给 --certificate 时换卡（原卡遗失或到期），再给 --person、--name 时换人；职责不变。写 break-glass 则写入或更换应急密钥。",
    en: "Asks for another card of an officer (--certificate alone: the old one was lost or ends), or for another person in the same role\n(with --person and --name). With break-glass the sealed emergency key goes into the policy, or another one in its place.",
  },
  operations: ["policy.change"],
  options: {
    ...officerOptions,
    id: {
      type: "string",
      value: "NEW-ID",
      help: { zh: "换人时的新编号", en: "another account, for another person" },
    },
    ...reviewOption,
    ...serviceOption,
  },
  isAbout: isAboutOfficer,
  after: shareNewPolicy,
  wanted: async ({ positionals, values }, session) => {
    const word = onlyWord(positionals, "an officer (yinxin officers list)");
    if (word === breakGlassName) return await wantBreakGlass(session, values);
    if (values["review-within"] !== undefined)
      throw new UsageError("--review-within goes with officers replace break-glass.");
    if (values.certificate === undefined)
      throw new UsageError("Give the new certificate: --certificate FILE.");
    if ((values.person === undefined) !== (values.name === undefined))
      throw new UsageError("Another person has another name: --person and --name go together.");
    const certificate = await readCertificate(values.certificate);
    const { id, person, name, unit } = values;
    const others = Object.fromEntries(
      Object.entries({ id, person, name, unit }).filter(([, value]) => value !== undefined),
    ) as Partial<Officer>;
    return await wantPolicy(session, values.service, (policy) => {
      const old = officerNamed(policy, word);
      return {
        officers: policy.officers.map((officer) =>
          officer === old ? { ...officer, ...others, certificate } : officer,
        ),
      };
    });
  },
});

/** `yinxin officers remove` */
export const removeCommand = changeCommand({
  line: "officers remove ID|break-glass",
  examples: ["officers remove li-qiang --dry-run", 'officers remove li-qiang --reason "left in June"'],
  about: {
    zh: "申请免去一位管理员；剩下的人必须仍能满足每条规则。写 break-glass 则取消应急密钥。",
    en: "Asks to dismiss an officer. Those who stay must still be enough for every rule. With break-glass the emergency key is taken out.",
  },
  operations: ["policy.change"],
  options: serviceOption,
  isAbout: isAboutOfficer,
  after: shareNewPolicy,
  wanted: ({ positionals, values }, session) => {
    const word = onlyWord(positionals, "an officer (yinxin officers list)");
    return wantPolicy(session, values.service, (policy) => {
      if (word === breakGlassName) return withoutBreakGlass(policy);
      const old = officerNamed(policy, word);
      return { officers: policy.officers.filter((officer) => officer !== old) };
    });
  },
});

/** Whether the policy that was asked for changes something about this officer, named by account or name; or about the emergency key. */
function isAboutOfficer({ verification: { request }, policy }: FoundChange, word: string): boolean {
  const next = request === undefined ? undefined : policyAskedFor(request);
  if (next === undefined || policy === undefined) return false;
  const [before, after] = [policy.policy, next].map((each) => whatIsSaidOf(each, word));
  return before !== after;
}

function whatIsSaidOf({ officers, break_glass: breakGlass }: OfficerPolicy, word: string): string {
  const said =
    word === breakGlassName ? breakGlass : officers.filter(({ id, name }) => id === word || name === word);
  return JSON.stringify(said ?? []);
}

function readRole(text: string | undefined): OfficerRole {
  const role = officerRoles.find((each) => each === text);
  if (role !== undefined) return role;
  throw new UsageError(`--role ${text ?? ""}: write one of ${officerRoles.join(", ")}.`);
}
