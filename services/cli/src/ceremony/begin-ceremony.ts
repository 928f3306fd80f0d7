import { exitCodes } from "../exit-codes.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { Bilingual, Terminal } from "../terminal/index.ts";
import { filled } from "./ceremony-script.ts";
import type { CeremonyScript } from "./ceremony-script.ts";
import type { Transcript } from "./transcript.ts";

/** Asks people; where nobody is there, as in a rehearsal, it answers what is suggested and says so. */
export function askWith(terminal: Terminal): (question: string, suggested: string) => Promise<string> {
  if (terminal.isInteractive) return (question) => terminal.ask(question);
  return (question, suggested) => {
    terminal.say(`${question} ${suggested}`);
    return Promise.resolve(suggested);
  };
}

export interface Beginning {
  readonly transcript: Transcript;
  readonly script: CeremonyScript;
  /** Folder of a rehearsal. */
  readonly scratch: string | undefined;
  /** The transcript's. */
  readonly file: string;
}

/**
 * Asks for names and variables and writes them down; a transcript that goes on has them.
 *
 * @throws CommandFailure `script-changed`, `ceremony-ended`, `rehearsal-not-resumed`, `ceremony-under-way`, `nothing-typed`
 */
export async function beginCeremony(beginning: Beginning, terminal: Terminal): Promise<void> {
  if (continues(beginning)) return;
  const { transcript, script, scratch } = beginning;
  terminal.say(script.title[terminal.language]);
  const participants = await askNames(script, terminal);
  const variables = await askVariables(script, scratch, terminal);
  await transcript.append({
    kind: "begin",
    type: "yinxin-ceremony-transcript",
    script,
    is_rehearsal: scratch !== undefined,
    participants,
    variables,
  });
}

async function askNames(
  { participants }: CeremonyScript,
  terminal: Terminal,
): Promise<Record<string, string>> {
  const { language } = terminal;
  const names: Record<string, string> = {};
  for (const { id, role } of participants) {
    const question = { zh: `${role.zh}的姓名：`, en: `Name of the ${role.en}:` }[language];
    names[id] = await answered(() => askWith(terminal)(question, role[language]));
  }
  return names;
}

async function askVariables(
  { variables }: CeremonyScript,
  scratch: string | undefined,
  terminal: Terminal,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const { name, title, value, rehearsal, is_read_only: isReadOnly = false } of variables) {
    const rehearsed =
      scratch === undefined || (isReadOnly && value !== undefined) ? value : filled(rehearsal, { scratch });
    const question = { zh: `${title.zh}：`, en: `${title.en}:` }[terminal.language];
    values[name] = rehearsed ?? (await answered(() => askWith(terminal)(question, "")));
  }
  return values;
}

/** What is in the transcript, at most. */
const answerMax = 4000;
/** Somebody who goes on pressing Enter has gone. */
const triesMax = 5;

/** A name or a value is not empty: asked again, a few times. */
async function answered(ask: () => Promise<string>): Promise<string> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const typed = (await ask()).trim().slice(0, answerMax);
    if (typed !== "") return typed;
  }
  throw new CommandFailure(
    "nothing-typed",
    {
      zh: "没有输入内容；仪式尚未开始，未写下任何内容。",
      en: "Nothing was typed; the ceremony has not begun.",
    },
    {
      exitCode: exitCodes.notAllowed,
      next: { zh: "备齐姓名与各项取值后再运行一次。", en: "Run it again with names and values at hand." },
    },
  );
}

/** Whether a transcript goes on. */
function continues({ transcript: { entries }, script, scratch, file }: Beginning): boolean {
  const [first] = entries;
  if (first === undefined) return false;
  if (first.kind !== "begin" || JSON.stringify(first.script) !== JSON.stringify(script))
    throw conflict(
      "script-changed",
      { zh: `${file} 是另一份脚本的记录。`, en: `${file} is the transcript of another script.` },
      another(file),
    );
  if (entries.at(-1)?.kind === "end")
    throw conflict(
      "ceremony-ended",
      { zh: "这次仪式已经结束。", en: "This ceremony has ended." },
      {
        zh: `签署：yinxin ceremony sign ${file} --participant ID …；另一次仪式请用另一个 --transcript。`,
        en: `Sign it: yinxin ceremony sign ${file} --participant ID …; for another ceremony, another --transcript.`,
      },
    );
  // Its keys are gone; and nobody shall answer for people who were there, or take a rehearsal's PIN for a real one.
  if (first.is_rehearsal)
    throw conflict(
      "rehearsal-not-resumed",
      {
        zh: `${file} 是未完成的彩排，其密钥已经销毁，不能继续。`,
        en: `${file} is an unfinished rehearsal; its keys are gone, and it does not go on.`,
      },
      another(file),
    );
  if (scratch !== undefined)
    throw conflict(
      "ceremony-under-way",
      {
        zh: `${file} 是一次真正的仪式，不能用彩排继续。`,
        en: `${file} is a real ceremony; no rehearsal goes on with it.`,
      },
      another(file),
    );
  return true;
}

function another(file: string): Bilingual {
  return {
    zh: `换一个 --transcript 文件，保留 ${file}。`,
    en: `Name another --transcript, and keep ${file}.`,
  };
}

function conflict(code: string, words: Bilingual, next: Bilingual): CommandFailure {
  return new CommandFailure(code, words, { exitCode: exitCodes.conflict, next });
}
