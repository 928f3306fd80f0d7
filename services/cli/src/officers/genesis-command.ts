import { writeFile } from "node:fs/promises";

import { base64Of } from "@yinxin/crypto/bytes";
import { canonicalBytes, defaultRules, officerRoles, policyChainSchema } from "@yinxin/service-kit/approvals";
import type { Officer, OfficerPolicy } from "@yinxin/service-kit/approvals";
import { z } from "zod";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { describeUsage, noWords, parseOptions, readWhole, UsageError } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { addedRule } from "./added-rule.ts";
import { breakGlassOptions, readBreakGlass } from "./break-glass-member.ts";
import { checkedPolicy, readCertificate, refusedPolicy } from "./policy-file.ts";
import { sayPolicy } from "./render-policy.ts";

const genesisOptions = {
  deployment: { type: "string", value: "NAME", help: { zh: "部署名称", en: "name of the deployment" } },
  officers: {
    type: "string",
    value: "FILE",
    help: {
      zh: "人员清单（JSON）：id、person、name、unit、role、certificate（PEM 文件）",
      en: "JSON list: id, person, name, unit, role, certificate (a PEM file)",
    },
  },
  rules: {
    type: "string",
    value: "FILE",
    help: {
      zh: "与缺省不同的规则（JSON）：操作 → persons、distinct_units、window、not_after_seconds",
      en: "JSON of the rules that differ from the default: operation → persons, distinct_units, window, not_after_seconds",
    },
  },
  ...breakGlassOptions,
  out: {
    type: "string",
    value: "FILE",
    help: { zh: "策略链文件；不得已存在", en: "the chain of policies; must not be there yet" },
  },
  "dry-run": { type: "boolean", help: { zh: "只检查", en: "check it, and write nothing" } },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

const listShape = z
  .array(
    z.strictObject({
      id: z.string(),
      person: z.string(),
      name: z.string(),
      unit: z.string(),
      role: z.enum(officerRoles),
      certificate: z.string(),
    }),
  )
  .min(1)
  .max(64);
const listBytesMax = 256 * 1024;

/** The parts of rules that differ; {@link checkedPolicy} judges what comes out. */
const rulesShape = z.record(
  z.string().max(128),
  z.strictObject({
    persons: z.number().optional(),
    distinct_units: z.boolean().optional(),
    window: z.strictObject({ seconds: z.number(), uses: z.number() }).optional(),
    not_after_seconds: z.number().optional(),
  }),
);

/** `yinxin officers genesis` */
export const genesisCommand: Command = {
  usage: describeUsage({
    lines: [
      "officers genesis --deployment NAME --officers FILE [--rules FILE] [--break-glass CERT.pem] --out FILE",
    ],
    examples: [
      "officers genesis --deployment 云岭市 --officers officers.json --out officer-policy.json",
      "officers genesis --deployment demo --officers officers.json --rules rules.json --break-glass glass.pem --out policy.json --dry-run",
    ],
    about: {
      zh: "由人员清单组成首份审批策略，并给出其摘要：各信任文件以 policy_genesis 钉住它。",
      en: "Puts the first officer policy together and says its digest, which every trust file pins as policy_genesis.",
    },
    options: genesisOptions,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, genesisOptions);
    noWords(positionals);
    const { deployment, officers: file, out } = values;
    if (deployment === undefined || file === undefined || out === undefined)
      throw new UsageError("Give --deployment, --officers and --out.");
    const breakGlass = await readBreakGlass(values);
    const policy: OfficerPolicy = {
      type: "yinxin-officer-policy",
      version: 1,
      deployment,
      officers: await readOfficers(file),
      rules: values.rules === undefined ? defaultRules() : await readRules(values.rules),
      ...(breakGlass !== undefined && { break_glass: breakGlass }),
    };
    const bytes = canonicalBytes(policy);
    const value = checkedPolicy(bytes);
    const chain = policyChainSchema.parse({ genesis: base64Of(bytes), changes: [] });
    if (values["dry-run"] !== true)
      await writeFile(out, `${JSON.stringify(chain, undefined, 2)}\n`, { flag: "wx", mode: 0o600 });
    sayPolicy(bytes, value, terminal, values.json === true);
    return exitCodes.done;
  },
};

async function readOfficers(file: string): Promise<Officer[]> {
  const read = await readShape(file, listShape, "is no list of officers");
  return await Promise.all(
    read.map(async ({ certificate, ...officer }) => {
      return { ...officer, certificate: await readCertificate(certificate) };
    }),
  );
}

async function readRules(file: string): Promise<OfficerPolicy["rules"]> {
  const defaults: OfficerPolicy["rules"] = defaultRules();
  const read = await readShape(file, rulesShape, "is no list of rules");
  const merged = Object.entries(read).map(([operation, rule]) => {
    const base = Object.hasOwn(defaults, operation) ? defaults[operation] : addedRule;
    return [operation, { ...base, ...rule }] as const;
  });
  return { ...defaults, ...Object.fromEntries(merged) } as OfficerPolicy["rules"];
}

async function readShape<Shape>(file: string, shape: z.ZodType<Shape>, otherwise: string): Promise<Shape> {
  const bytes = await readWhole(file, listBytesMax);
  try {
    return shape.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw refusedPolicy(`${file} ${otherwise}`, cause);
  }
}
