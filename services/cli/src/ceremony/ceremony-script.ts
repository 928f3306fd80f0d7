import { z } from "zod";

import { CommandFailure } from "../terminal/index.ts";

/** Told when the script is read, not in the middle of a ceremony. */
function isPattern(text: string): boolean {
  try {
    return new RegExp(`^(?:${text})$`, "u").source !== "";
  } catch {
    // SyntaxError: the only thing that a constructor of expressions throws.
    return false;
  }
}

const id = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/);
const words = z.string().min(1).max(4000);
const both = z.strictObject({ zh: words, en: words });

/** What a person enters and the transcript keeps; never a secret. */
const fieldShape = z.strictObject({
  name: id,
  title: both,
  /** A regular expression for the whole answer. */
  pattern: z.string().max(200).refine(isPattern, { message: "no regular expression" }).optional(),
  /** The answer is a number, at least this. */
  least: z.number().optional(),
  /** Entered in a rehearsal without people. */
  example: z.string().min(1).max(200),
});

const stepShape = z.strictObject({
  id,
  title: both,
  /** Who reads it aloud. */
  reader: id,
  text: both,
  /** `yinxin` with these arguments; `{{name}}` stands for a variable. It has to be safe to run again: a ceremony may be cut short. */
  command: z.array(z.string().min(1).max(2000)).min(1).max(60).optional(),
  expect: z
    .strictObject({
      exit_code: z.int().min(0).max(255).optional(),
      /** SHA-256 of standard output, hexadecimal. */
      stdout_sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
      stdout_equals: z.string().max(4000).optional(),
      stdout_excludes: z.array(z.string().min(1).max(400)).max(20).optional(),
    })
    .optional(),
  /** Has to be typed, so that nobody nods it through. */
  confirm: both.optional(),
  record: z.array(fieldShape).max(20).optional(),
  /** Who puts their initials to it. */
  initials: z.array(id).max(20),
});

export const scriptShape = z
  .strictObject({
    type: z.literal("yinxin-ceremony-script"),
    name: id,
    title: both,
    participants: z
      .array(z.strictObject({ id, role: both }))
      .min(1)
      .max(20),
    variables: z
      .array(
        z.strictObject({
          name: id,
          title: both,
          value: z.string().max(2000).optional(),
          rehearsal: z.string().max(2000),
          /** A value that was set serves a rehearsal too: it is only read. */
          is_read_only: z.boolean().optional(),
        }),
      )
      .max(50),
    steps: z.array(stepShape).min(1).max(200),
  })
  .superRefine((script, context) => {
    for (const message of problemsOf(script)) context.addIssue({ code: "custom", message });
  });

interface NamedParts {
  readonly participants: readonly { readonly id: string }[];
  readonly variables: readonly { readonly name: string }[];
  readonly steps: readonly z.infer<typeof stepShape>[];
}

/** What does not fit together. */
function problemsOf({ participants, variables, steps }: NamedParts): string[] {
  const people = participants.map((each) => each.id);
  const names = variables.map(({ name }) => name);
  return [
    ...twice(people).map((each) => `two participants are called ${each}`),
    ...twice(names).map((each) => `two variables are called ${each}`),
    ...twice(steps.map((step) => step.id)).map((each) => `two steps are called ${each}`),
    ...steps
      .flatMap(({ reader, initials }) => [reader, ...initials])
      .filter((each) => !people.includes(each))
      .map((each) => `${each} is no participant`),
    ...steps
      .flatMap(({ command = [], text }) => [...command, text.zh, text.en].flatMap(variablesIn))
      .filter((each) => !names.includes(each))
      .map((each) => `{{${each}}} is no variable`),
  ];
}

function twice(names: readonly string[]): string[] {
  return names.filter((each, at) => names.indexOf(each) !== at);
}

/** A numbered script: who reads what, what is run or confirmed, what has to come out, whose initials. Data, also a user's own. */
export type CeremonyScript = z.infer<typeof scriptShape>;
export type CeremonyStep = CeremonyScript["steps"][number];
export type CeremonyField = z.infer<typeof fieldShape>;

/** Two hundred steps with their texts in two languages. */
export const scriptBytesMax: number = 2 * 1024 * 1024;

/** @throws CommandFailure `script-malformed`, which says where. */
export function parseScript(bytes: Uint8Array, file: string): CeremonyScript {
  try {
    const result = scriptShape.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw new Error(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "";
    throw new CommandFailure(
      "script-malformed",
      { zh: `${file} 不是仪式脚本：${why}`, en: `${file} is no ceremony script: ${why}` },
      {
        cause,
        next: {
          zh: "由模板重新生成：yinxin ceremony new --template first-keys -o script.json",
          en: "Make one from a template: yinxin ceremony new --template first-keys -o script.json",
        },
      },
    );
  }
}

const variable = /\{\{([a-z][a-z0-9-]*)\}\}/g;

function variablesIn(text: string): string[] {
  return Array.from(text.matchAll(variable), ([, name = ""]) => name);
}

/** A text with its variables filled in; one that has no value stays as it is. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(variable, (whole, name: string) => values[name] ?? whole);
}
