import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { exitCodes } from "../exit-codes.ts";
import { findAmongServices, officerCommand } from "../officer/index.ts";
import type { ServiceConnection } from "../officer/index.ts";
import { CommandFailure, onlyWord, printTable, renderJson } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { readPlan } from "./follow-plan.ts";
import type { ToldPlan } from "./plan-wire.ts";

const headings = { zh: ["文件", "字节"], en: ["DOCUMENT", "BYTES"] } as const;

/** A name that stays in the folder it is written to. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;

export const command = officerCommand({
  lines: ["plans documents PLAN [--name NAME]", "plans documents PLAN --save DIR"],
  examples: [
    "plans documents plan_018f3a52c0de4b1c9a7e55aa",
    "plans documents plan_018f3a52c0de4b1c9a7e55aa --save compromise-2026-11",
  ],
  about: {
    zh: "列出一项计划写成的文件（签名清单、中英文告示、报告）；--name 输出其中一份，--save 全部存入文件夹。",
    en: "Lists what a plan wrote (the signatures after the boundary, notices in both languages, the report); --name prints one of them,\n--save writes all into a folder.",
  },
  options: {
    name: { type: "string", value: "NAME", help: { zh: "输出这份文件", en: "print this one" } },
    save: {
      type: "string",
      value: "DIR",
      help: { zh: "全部存入这个文件夹", en: "write all into this folder" },
    },
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    const id = onlyWord(positionals, "a plan (plan_…)");
    const { service, answer: plan } = await findAmongServices((await session()).services(), {
      what: { zh: "计划", en: "plan" },
      name: id,
      code: "plan-not-found",
      absent: ["plan-not-found", "not-found"],
      list: "yinxin plans list",
      find: (each) => readPlan(each, id),
    });
    if (values.name !== undefined) {
      terminal.print(await readDocument(service, plan, values.name));
      return exitCodes.done;
    }
    if (values.save !== undefined) await saveDocuments(service, plan, values.save, terminal);
    const documents = plan.documents ?? [];
    if (isJson) terminal.print(renderJson({ service: service.name, plan: id, documents }));
    else
      printTable(terminal, {
        heading: headings[terminal.language],
        rows: documents.map(({ name, size_bytes: bytes }) => [name, String(bytes)]),
        none: { zh: `计划 ${id} 还没有写成文件。`, en: `The plan ${id} has written no documents yet.` },
      });
    return exitCodes.done;
  },
});

async function saveDocuments(
  service: ServiceConnection,
  plan: ToldPlan,
  folder: string,
  terminal: Terminal,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { name } of plan.documents ?? []) {
    const file = join(folder, name);
    await writeFile(file, await readDocument(service, plan, name), { flag: "wx", mode: 0o600 });
    terminal.say(file);
  }
}

/** One document; only one that the plan names, by a name that is no path. */
async function readDocument(
  service: ServiceConnection,
  { id, documents = [] }: ToldPlan,
  name: string,
): Promise<string> {
  if (plainName.test(name) && documents.some((document) => document.name === name))
    return await service.readText(
      `/v1/plans/${encodeURIComponent(id)}/documents/${encodeURIComponent(name)}`,
    );
  const names = documents.map((document) => document.name).join(", ");
  throw new CommandFailure(
    "plan-document-not-found",
    {
      zh: `计划 ${id} 没有文件 ${name}；有：${names}`,
      en: `The plan ${id} has no document ${name}; it has: ${names}`,
    },
    { next: { zh: `yinxin plans documents ${id}`, en: `yinxin plans documents ${id}` } },
  );
}
