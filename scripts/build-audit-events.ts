import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { kitEvents } from "@yinxin/service-kit/audit";
import type { AuditCatalogue } from "@yinxin/service-kit/audit";
import { format, resolveConfig } from "prettier";
import { z } from "zod";

import { deskEvents } from "../services/desk/src/domain/desk-events.ts";
import { ledgerEvents } from "../services/ledger/src/domain/ledger-events.ts";
import { pkiEvents } from "../services/pki/src/domain/pki-events.ts";
import { sealEvents } from "../services/seal/src/domain/seal-events.ts";
import { signingEvents } from "../services/signing/src/domain/signing-events.ts";
import { ssoEvents } from "../services/sso/src/domain/events.ts";

const repository = join(import.meta.dirname, "..");
const eventsFile = "docs/audit-events.md";

const intro = `# Audit events

Generated from the catalogues in the code; \`npx tsx --conditions=@yinxin/source scripts/build-audit-events.ts\` writes it again.

Each event is a leaf of its service's audit log, written in the transaction of what it tells: \`index\`, \`occurred_at\`, \`action\`,
\`actor\` and where there is one \`on_behalf_of\`, \`subject\`, \`request_id\`, the version of the \`key\` that was used, and the \`detail\` below.
Persons are named by their ids. A member with \`?\` may be missing.
`;

const parts: readonly [heading: string, catalogue: AuditCatalogue][] = [
  ["In every service · 各服务共有", kitEvents],
  ["desk · 工作台", deskEvents],
  ["ledger · 底账", ledgerEvents],
  ["pki · 证书", pkiEvents],
  ["seal · 印章", sealEvents],
  ["signing · 签名", signingEvents],
  ["sso · 统一身份认证", ssoEvents],
];

/** `docs/audit-events.md`: its path in the repository and its text. */
export async function auditEventDocuments(): Promise<[path: string, text: string][]> {
  const sections = parts.map(([heading, catalogue]) => `## ${heading}\n\n${tableOf(catalogue)}`);
  const config = await resolveConfig(join(repository, eventsFile));
  return [[eventsFile, await format([intro, ...sections].join("\n"), { ...config, parser: "markdown" })]];
}

function tableOf(catalogue: AuditCatalogue): string {
  const rows = Object.entries(catalogue)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([action, { title, detail }]) => [`\`${action}\``, title.zh, title.en, membersOf(detail)]);
  return [["event", "事件", "what", "detail"], ["---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("");
}

function membersOf(detail: z.ZodObject): string {
  const { properties = {}, required = [] } = z.toJSONSchema(detail);
  return Object.entries(properties)
    .map(([name, schema]) => `\`${name}${required.includes(name) ? "" : "?"}\`${wordsOf(schema)}`)
    .join(", ");
}

/** The values of a closed list; of everything else the name says enough. */
function wordsOf(schema: z.core.JSONSchema._JSONSchema): string {
  if (typeof schema === "boolean") return "";
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  return values.length === 0 ? "" : ` (${values.map((value) => String(value)).join(", ")})`;
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of await auditEventDocuments()) writeFileSync(join(repository, path), text);
}
