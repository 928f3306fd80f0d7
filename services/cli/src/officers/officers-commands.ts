import { writeFile } from "node:fs/promises";

import { base64Of, bytesOfBase64, bytesOfHex, derOfPem, pemOfDer } from "@yinxin/crypto/bytes";
import { wordsOfDigest } from "@yinxin/crypto/secret-sharing";
import {
  canonicalBytes,
  defaultRules,
  documentDigest,
  judgePolicy,
  officerRoles,
  policyChainSchema,
  readOfficerPolicy,
} from "@yinxin/service-kit/approvals";
import type { Officer, OfficerPolicy } from "@yinxin/service-kit/approvals";
import { z } from "zod";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { readAlgorithm } from "../keys/generate-command.ts";
import { keysCommand } from "../keys/keys-command.ts";
import { makeOfficerKey } from "../keys/make-officer-key.ts";
import type { MadeOfficerKey } from "../keys/make-officer-key.ts";
import { storeOptions, storeUsage } from "../keys/store-options.ts";
import {
  CommandFailure,
  describeUsage,
  noWords,
  onlyWord,
  parseOptions,
  readWhole,
  renderJson,
  renderTable,
  UsageError,
} from "../terminal/index.ts";
import type { OptionTable, Terminal } from "../terminal/index.ts";

/** `yinxin officers request` */
export const requestCommand: Command = keysCommand(
  `usage: yinxin officers request --store URI --label LABEL --name NAME [options]

examples:
  $ yinxin officers request --store pkcs11:serial=1 --label li-qiang --name 李强 --out li-qiang.csr
  $ yinxin officers request --store file:/media/a --label li-qiang --name 李强 --sandbox --sandbox-root root --out li-qiang.pem

Makes an officer's key, or takes up the one of that label, and writes a request for its certificate (PKCS#10). In a sandbox
a root of the same store issues the certificate, which is kept beside the key.

  --label LABEL         its name in the store
  --name NAME           the officer's, for the certificate
  --algorithm NAME      default ES256
  --out FILE            where the request goes, or with --sandbox-root the certificate; else it is printed
  --sandbox-root LABEL  a key of this store that issues the certificate, for tests; made if it is not there
  --dry-run             say what would be done, and do nothing
${storeUsage}
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, {
      ...storeOptions,
      label: { type: "string" },
      name: { type: "string" },
      algorithm: { type: "string" },
      out: { type: "string" },
      "sandbox-root": { type: "string" },
      "dry-run": { type: "boolean" },
    });
    noWords(positionals);
    const { label, name, out, "sandbox-root": sandboxRoot } = values;
    if (label === undefined || name === undefined) throw new UsageError("Give --label and --name.");
    if (sandboxRoot !== undefined && values.sandbox !== true)
      throw new UsageError("--sandbox-root is for sandboxes: add --sandbox.");
    const algorithm = readAlgorithm(values.algorithm ?? "ES256");
    if (values["dry-run"] === true) {
      terminal.say(`would make a key ${label} for ${algorithm}, and a request for ${name}`);
      return exitCodes.done;
    }
    const made = await makeOfficerKey(values, { label, algorithm, name, sandboxRoot }, terminal);
    const pem = pemOf(made);
    if (out !== undefined) await writeFile(out, pem);
    if (values.json === true) terminal.print(renderJson(made));
    else terminal.print(out === undefined ? pem : `${made.uri}\n`);
    return exitCodes.done;
  },
);

function pemOf({ certificate, request }: MadeOfficerKey): string {
  return certificate === undefined
    ? pemOfDer(request, "CERTIFICATE REQUEST")
    : pemOfDer(certificate, "CERTIFICATE");
}

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
const policyBytesMax = 4 * 1024 * 1024;

/** `yinxin officers genesis` */
export const genesisCommand: Command = {
  usage: describeUsage({
    lines: ["officers genesis --deployment NAME --officers FILE --out FILE"],
    examples: [
      "officers genesis --deployment 云岭市 --officers officers.json --out officer-policy.json",
      "officers genesis --deployment demo --officers officers.json --out policy.json --dry-run",
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
    const policy: OfficerPolicy = {
      type: "yinxin-officer-policy",
      version: 1,
      deployment,
      officers: await readOfficers(file),
      rules: defaultRules(),
    };
    const bytes = canonicalBytes(policy);
    const { value, problem } = readOfficerPolicy(bytes);
    if (value === undefined) throw refusedPolicy(problem);
    const problems = judgePolicy(value);
    const [first] = problems;
    if (first !== undefined) throw refusedPolicy(`${first.where}: ${first.detail} (${first.code})`);
    const chain = policyChainSchema.parse({ genesis: base64Of(bytes), changes: [] });
    if (values["dry-run"] !== true)
      await writeFile(out, `${JSON.stringify(chain, undefined, 2)}\n`, { flag: "wx", mode: 0o600 });
    sayPolicy(bytes, value, terminal, values.json === true);
    return exitCodes.done;
  },
};

async function readOfficers(file: string): Promise<Officer[]> {
  const read = listOf(await readWhole(file, listBytesMax), file);
  return await Promise.all(
    read.map(async ({ certificate, ...officer }) => {
      const pem = new TextDecoder().decode(await readWhole(certificate, listBytesMax));
      const [der] = derOfPem(pem, "CERTIFICATE");
      if (der === undefined) throw refusedPolicy(`${certificate} holds no certificate`);
      return { ...officer, certificate: base64Of(der) };
    }),
  );
}

function listOf(bytes: Uint8Array, file: string): z.output<typeof listShape> {
  try {
    return listShape.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw refusedPolicy(`${file} is no list of officers`, cause);
  }
}

function refusedPolicy(why: string, cause?: unknown): CommandFailure {
  return new CommandFailure(
    "policy-refused",
    { zh: `策略不成立：${why}`, en: `That is no policy: ${why}` },
    { exitCode: exitCodes.notAllowed, cause },
  );
}

function sayPolicy(
  bytes: Uint8Array,
  { officers, version }: OfficerPolicy,
  terminal: Terminal,
  isJson: boolean,
): void {
  const digest = documentDigest(bytes);
  const octets = bytesOfHex(digest.slice("sm3:".length));
  const words = { en: wordsOfDigest(octets, "en").join(" "), zh: wordsOfDigest(octets, "zh").join(" ") };
  if (isJson) {
    terminal.print(
      renderJson({
        version,
        digest,
        words,
        officers: officers.map(({ id, person, name, unit, role }) => ({ id, person, name, unit, role })),
      }),
    );
    return;
  }
  const heading = { zh: ["编号", "姓名", "单位", "职责"], en: ["ID", "NAME", "UNIT", "ROLE"] }[
    terminal.language
  ];
  terminal.print(
    renderTable(
      heading,
      officers.map(({ id, name, unit, role }) => [id, name, unit, role]),
    ),
  );
  terminal.print(`\npolicy_genesis: ${digest}\n${words.en}\n${words.zh}\n`);
}

const showOptions = {
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

/** `yinxin officers show` */
export const showCommand: Command = {
  usage: describeUsage({
    lines: ["officers show FILE"],
    examples: ["officers show officer-policy.json", "officers show officer-policy.json --json"],
    about: {
      zh: "显示策略链文件中的首份策略、摘要与其后变更数。",
      en: "Shows the first policy of a chain, its digest in words, and how many changes follow. What they prove: yinxin approvals.",
    },
    options: showOptions,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, showOptions);
    const file = onlyWord(positionals, "a chain of policies");
    const bytes = await readWhole(file, policyBytesMax);
    const chain = policyChainSchema.safeParse(jsonOf(bytes)).data;
    if (chain === undefined) throw refusedPolicy(`${file} is no chain of policies`);
    const genesis = bytesOfBase64(chain.genesis);
    const { value, problem } = readOfficerPolicy(genesis);
    if (value === undefined) throw refusedPolicy(problem);
    sayPolicy(genesis, value, terminal, values.json === true);
    terminal.say(`changes: ${String(chain.changes.length)}`);
    return exitCodes.done;
  },
};

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    // The schema refuses it.
    return undefined;
  }
}
