import type { OfficerPolicy } from "@yinxin/service-kit/approvals";

import { exitCodes } from "../exit-codes.ts";
import { changeCommand, policyAskedFor } from "../approvals/index.ts";
import type { FoundChange } from "../approvals/index.ts";
import { serviceOption } from "../officer/index.ts";
import { CommandFailure, meant, onlyWord, readDuration, UsageError } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { addedRule } from "./added-rule.ts";
import { shareNewPolicy } from "./share-new-policy.ts";
import { wantPolicy } from "./want-policy.ts";

type Rule = OfficerPolicy["rules"][string];

const ruleOptions = {
  persons: {
    type: "string",
    value: "N",
    help: { zh: "须有几位安全管理员批准", en: "how many security officers must approve" },
  },
  "distinct-units": {
    type: "boolean",
    help: { zh: "须来自不同单位", en: "they must be of as many units" },
  },
  "any-unit": {
    type: "boolean",
    help: { zh: "不再要求不同单位", en: "they may be of one unit" },
  },
  within: {
    type: "string",
    value: "24h",
    help: { zh: "申请最长的有效时间", en: "the longest time from request to approval" },
  },
  window: {
    type: "string",
    value: "60m",
    help: { zh: "批准后须在多久之内执行", en: "how soon after the approval it must be done" },
  },
  uses: {
    type: "string",
    value: "N",
    help: { zh: "窗口内可执行几次", en: "how often it may be done in that window" },
  },
} as const satisfies OptionTable;

/** `yinxin officers rule` */
export const ruleCommand = changeCommand({
  line: "officers rule OPERATION [--persons N] [--distinct-units|--any-unit] [--within 24h] [--window 60m] [--uses N]",
  examples: [
    "officers rule key.destroy --persons 3 --distinct-units --dry-run",
    'officers rule key.rotate --window 8h --uses 2 --reason "rotations of a weekend"',
  ],
  about: {
    zh: "申请修改一种操作的审批规则：几人、是否须不同单位、申请有效多久、批准后的窗口与次数。未写出的部分不变；停用一人即可，其余至少两人。",
    en: "Asks for another rule of an operation: how many must approve, whether of different units, how long a request waits, and for how\nlong and how often it may then be done. What is not given stays. One person may stop; everything else takes two at least.",
  },
  operations: ["policy.change"],
  options: { ...ruleOptions, ...serviceOption },
  isAbout: isAboutRule,
  after: shareNewPolicy,
  wanted: async ({ positionals, values }, session) => {
    const operation = onlyWord(positionals, "an operation (yinxin officers policy)");
    checkWish(values);
    return await wantPolicy(session, values.service, ({ rules }) => ({
      rules: { ...rules, [operation]: editedRule(ruleOf(rules, operation, values), values) },
    }));
  },
});

/** @throws CommandFailure `operation-unknown`, with a name that was perhaps meant. */
function ruleOf(rules: OfficerPolicy["rules"], operation: string, { persons }: RuleWish): Rule {
  // A policy may have a member of any dotted name; only its own count.
  const rule = Object.hasOwn(rules, operation) ? rules[operation] : undefined;
  if (rule !== undefined) return rule;
  const near = meant(operation, Object.keys(rules));
  // What a service added after the policy was made has no rule yet, and gets one by saying how many it takes.
  if (near.length === 0 && persons !== undefined) return addedRule;
  const hint = near.length === 0 ? Object.keys(rules) : near;
  throw new CommandFailure(
    "operation-unknown",
    {
      zh: `审批策略中没有操作 ${operation}；现有：${hint.join("、")}`,
      en: `The policy has no rule for ${operation}; there are: ${hint.join(", ")}`,
    },
    { exitCode: exitCodes.failed, next: { zh: "yinxin officers policy", en: "yinxin officers policy" } },
  );
}

type RuleWish = Readonly<
  Partial<Record<"persons" | "within" | "window" | "uses", string | undefined>> &
    Partial<Record<"distinct-units" | "any-unit", boolean | undefined>>
>;

/** The rule with what was asked for; what no policy may have, {@link wantPolicy} refuses. @throws UsageError */
function editedRule(rule: Rule, wish: RuleWish): Rule {
  const { persons, within, window, uses } = wish;
  const { distinct_units: before, ...others } = rule;
  const isDistinct = wish["any-unit"] === true ? false : wish["distinct-units"] === true || before === true;
  return {
    ...others,
    ...(persons !== undefined && { persons: readCount("--persons", persons) }),
    ...(isDistinct && { distinct_units: true }),
    window: {
      seconds: window === undefined ? rule.window.seconds : readSeconds("--window", window),
      uses: uses === undefined ? rule.window.uses : readCount("--uses", uses),
    },
    ...(within !== undefined && { not_after_seconds: readSeconds("--within", within) }),
  };
}

function checkWish(wish: RuleWish): void {
  if (wish["any-unit"] === true && wish["distinct-units"] === true)
    throw new UsageError("Give --distinct-units or --any-unit, not both.");
  const given = Object.keys(ruleOptions).some((name) => wish[name as keyof RuleWish] !== undefined);
  if (!given)
    throw new UsageError(
      "Give what is to change: --persons, --distinct-units, --within, --window or --uses.",
    );
}

function readCount(option: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(`${option} ${text}: write a number like 2.`);
}

function readSeconds(option: string, text: string): number {
  return readDuration(option, text) / 1000;
}

function isAboutRule({ verification: { request }, policy }: FoundChange, word: string): boolean {
  const next = request === undefined ? undefined : policyAskedFor(request);
  if (next === undefined || policy === undefined) return false;
  return JSON.stringify(policy.policy.rules[word]) !== JSON.stringify(next.rules[word]);
}
