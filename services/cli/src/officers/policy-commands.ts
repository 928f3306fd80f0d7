import { policyChainSchema } from "@yinxin/service-kit/approvals";

import { exitCodes } from "../exit-codes.ts";
import { dryRunOption, officerCommand, sayFailures, serviceOption } from "../officer/index.ts";
import type { ServiceAnswers } from "../officer/index.ts";
import type { ProvedChain } from "../approvals/index.ts";
import {
  digestWords,
  localTime,
  noWords,
  renderFacts,
  renderJson,
  renderTable,
  spanInWords,
} from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { officerJson, renderOfficers, wordsOfPolicy } from "./render-policy.ts";
import { handPolicy, laggardsOf, newestOf, readPolicies, refuseFork } from "./share-policy.ts";

/** `yinxin officers list` */
export const listCommand = officerCommand({
  lines: ["officers list"],
  examples: ["officers list", "officers list --json"],
  about: {
    zh: "列出现行审批策略中的管理员；策略由信任文件证明。",
    en: "Lists the officers of the policy in force, which the trust file proves.",
  },
  options: serviceOption,
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const open = await session();
    const told = await readPolicies(open, open.services(values.service));
    const exitCode = sayFailures(told, terminal);
    refuseFork(told);
    const officers = newestOf(told)?.policy.policy.officers ?? [];
    terminal.print(isJson ? renderJson(officers.map(officerJson)) : renderOfficers(officers, terminal));
    sayLaggards(told, terminal);
    return exitCode;
  },
});

/** `yinxin officers policy` */
export const policyCommand = officerCommand({
  lines: ["officers policy [--service NAME]"],
  examples: ["officers policy", "officers policy --service seal --json"],
  about: {
    zh: "显示现行审批策略：管理员、每种操作需要几人、有效时间与窗口；逐份核对策略链，直到信任文件钉住的首份。",
    en: "Shows the policy in force: officers, how many each operation takes, how long and how often; its chain is verified back to the\nfirst policy, which the trust file pins.",
  },
  options: serviceOption,
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const open = await session();
    const told = await readPolicies(open, open.services(values.service));
    const exitCode = sayFailures(told, terminal);
    refuseFork(told);
    const newest = newestOf(told);
    if (newest === undefined) return exitCode;
    if (isJson) terminal.print(renderJson(policyJson(newest, told)));
    else terminal.print(renderPolicy(newest, told, terminal));
    sayLaggards(told, terminal);
    return exitCode;
  },
});

/** `yinxin officers sync` */
export const syncCommand = officerCommand({
  lines: ["officers sync"],
  examples: ["officers sync", "officers sync --dry-run"],
  about: {
    zh: "把最新的策略链交给策略较旧的服务；各服务按自己的信任文件核对后才采用。",
    en: "Hands the newest chain of policies to services that have an older one; each proves it by its own trust file.",
  },
  options: dryRunOption,
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const open = await session();
    const told = await readPolicies(open, open.services());
    const failed = sayFailures(told, terminal);
    refuseFork(told);
    const newest = newestOf(told);
    const behind = laggardsOf(told);
    if (newest === undefined || behind.length === 0 || values["dry-run"] === true) {
      sayLaggards(told, terminal);
      if (isJson) terminal.print(renderJson({ behind: behind.map(({ name }) => name), updated: [] }));
      return failed;
    }
    const handed = await handPolicy(behind, newest);
    const exitCode = sayFailures(handed, terminal);
    const updated = handed.answers.map(({ service }) => service.name);
    terminal.say(
      terminal.language === "zh"
        ? `✔ 已更新：${updated.join("、")}`
        : `✔ have the newest policy now: ${updated.join(", ")}`,
    );
    if (isJson) terminal.print(renderJson({ behind: behind.map(({ name }) => name), updated }));
    return exitCode === exitCodes.done ? failed : exitCode;
  },
});

/** Says which services have an older policy, and what to type. */
export function sayLaggards(
  told: ServiceAnswers<ProvedChain>,
  terminal: Pick<Terminal, "language" | "say">,
): void {
  const names = laggardsOf(told).map(({ name }) => name);
  if (names.length === 0) return;
  terminal.say(
    terminal.language === "zh"
      ? `⚠ 策略较旧的服务：${names.join("、")}\n  → yinxin officers sync`
      : `⚠ services with an older policy: ${names.join(", ")}\n  → yinxin officers sync`,
  );
}

const labels = {
  zh: {
    deployment: "部署",
    version: "版本",
    digest: "摘要",
    words: "摘要词",
    services: "服务",
    breakGlass: "应急密钥",
    review: "小时内复核",
    none: "无",
    rules: ["操作", "人数", "申请有效", "窗口", "次数"],
    units: "须不同单位",
  },
  en: {
    deployment: "deployment",
    version: "version",
    digest: "digest",
    words: "digest words",
    services: "services",
    breakGlass: "emergency key",
    review: "h to review its use",
    none: "none",
    rules: ["OPERATION", "PERSONS", "VALID FOR", "WINDOW", "TIMES"],
    units: "of distinct units",
  },
} as const;

function renderPolicy(
  { policy: { policy, digest } }: ProvedChain,
  told: ServiceAnswers<ProvedChain>,
  terminal: Terminal,
): string {
  const { language } = terminal;
  const label = labels[language];
  const { break_glass: breakGlass } = policy;
  const facts: (readonly [string, string])[] = [
    [label.deployment, policy.deployment],
    [label.version, `${String(policy.version)}${adoptedIn(told, policy.version)}`],
    [label.digest, digest],
    [label.words, digestWords(digest)],
    [
      label.services,
      told.answers
        .map(({ service, answer }) => `${service.name} v${String(answer.policy.policy.version)}`)
        .join("  "),
    ],
    [
      label.breakGlass,
      breakGlass === undefined ? label.none : `✔ ${String(breakGlass.review_within_hours)} ${label.review}`,
    ],
  ];
  const rules = Object.entries(policy.rules).map(([operation, rule]) => [
    operation,
    rule.distinct_units === true ? `${String(rule.persons)} (${label.units})` : String(rule.persons),
    spanInWords(rule.not_after_seconds, language),
    spanInWords(rule.window.seconds, language),
    String(rule.window.uses),
  ]);
  return [
    renderFacts(facts),
    renderOfficers(policy.officers, terminal),
    renderTable(label.rules, rules),
  ].join("\n");
}

/** When the last change of the policy was approved, where there was one. */
function adoptedIn(told: ServiceAnswers<ProvedChain>, version: number): string {
  const chain = told.answers.find(({ answer }) => answer.policy.policy.version === version)?.answer.chain;
  const last = policyChainSchema.safeParse(chain).data?.changes.at(-1);
  const statement = last?.approvals.at(-1)?.statement;
  if (statement === undefined) return "";
  const { at } = JSON.parse(Buffer.from(statement, "base64").toString()) as { readonly at?: string };
  return at === undefined ? "" : `  ${localTime(at)}`;
}

function policyJson({ policy: { policy, digest } }: ProvedChain, told: ServiceAnswers<ProvedChain>): unknown {
  const { version, deployment, officers, rules, break_glass } = policy;
  return {
    version,
    deployment,
    digest,
    words: wordsOfPolicy(digest),
    officers: officers.map(({ id, person, name, unit, role }) => ({ id, person, name, unit, role })),
    rules,
    hasBreakGlass: break_glass !== undefined,
    services: told.answers.map(({ service, answer }) => ({
      name: service.name,
      version: answer.policy.policy.version,
    })),
  };
}
