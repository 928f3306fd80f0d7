import { writeFile } from "node:fs/promises";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { describeUsage, noWords, parseOptions, renderJson, UsageError } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import type { CeremonyScript } from "./ceremony-script.ts";
import { templates } from "./templates/index.ts";

const options = {
  template: {
    type: "string",
    value: "NAME",
    help: {
      zh: templates.map(({ name }) => name).join("、"),
      en: templates.map(({ name }) => name).join(", "),
    },
  },
  out: {
    type: "string",
    short: "o",
    value: "FILE",
    help: { zh: "脚本文件；不得已存在", en: "the script; must not be there yet" },
  },
  set: {
    type: "string",
    multiple: true,
    value: "NAME=VALUE",
    help: { zh: "填入变量", en: "fill in a variable" },
  },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

export const command: Command = {
  usage: describeUsage({
    lines: ["ceremony new --template NAME -o FILE [--set NAME=VALUE]…"],
    examples: [
      "ceremony new --template first-keys -o script.json",
      "ceremony new --template root-key -o root.json --set label=ca-root-2",
    ],
    about: {
      zh: "由模板生成编号的仪式脚本；脚本是数据，可改后再用。",
      en: "Makes a numbered script from a template. It is data: change it, then run it.",
    },
    options,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    noWords(positionals);
    const template = templates.find(({ name }) => name === values.template);
    if (template === undefined)
      throw new UsageError(`--template: ${templates.map(({ name }) => name).join(", ")}.`);
    if (values.out === undefined) throw new UsageError("Name the script with --out FILE.");
    const script = withValues(template, values.set ?? []);
    await writeFile(values.out, `${JSON.stringify(script, undefined, 2)}\n`, { flag: "wx" });
    if (values.json === true)
      terminal.print(renderJson({ file: values.out, name: script.name, steps: script.steps.length }));
    else
      for (const [at, step] of script.steps.entries())
        terminal.print(
          `${String(at + 1).padStart(2)}. [${step.initials.map(() => "  ").join("|")}] ${step.title[terminal.language]}\n`,
        );
    return exitCodes.done;
  },
};

function withValues(template: CeremonyScript, given: readonly string[]): CeremonyScript {
  const values = new Map(
    given.map((each): [string, string] => {
      const [name = "", ...value] = each.split("=");
      if (!template.variables.some((variable) => variable.name === name))
        throw new UsageError(
          `--set ${name}: ${template.variables.map((variable) => variable.name).join(", ")}.`,
        );
      return [name, value.join("=")];
    }),
  );
  const variables = template.variables.map((variable) => {
    const value = values.get(variable.name) ?? variable.value;
    return { ...variable, ...(value === undefined ? {} : { value }) };
  });
  return { ...template, variables };
}
