import { z } from "zod";

import { CommandFailure } from "../terminal/index.ts";

const id = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/);
const words = z.string().min(1).max(4000);
const both = z.strictObject({ zh: words, en: words });

/** What a person enters and the transcript keeps; never a secret. */
const fieldShape = z.strictObject({
  name: id,
  title: both,
  /** A regular expression for the whole answer. */
  pattern: z.string().max(200).optional(),
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
      stdout_excludes: z.string().min(1).max(400).optional(),
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
    const people = new Set(script.participants.map((each) => each.id));
    const steps = new Set<string>();
    for (const step of script.steps) {
      if (steps.has(step.id))
        context.addIssue({ code: "custom", message: `two steps are called ${step.id}` });
      steps.add(step.id);
      const stranger = [step.reader, ...step.initials].find((each) => !people.has(each));
      if (stranger !== undefined)
        context.addIssue({ code: "custom", message: `${stranger} is no participant` });
    }
  });

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
      { cause },
    );
  }
}

/** A text with its variables filled in; one that has no value stays as it is. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{([a-z][a-z0-9-]*)\}\}/g, (whole, name: string) => values[name] ?? whole);
}
