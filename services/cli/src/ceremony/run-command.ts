import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  CommandFailure,
  describeUsage,
  interrupted,
  onlyWord,
  parseOptions,
  printable,
  readWhole,
  renderJson,
  UsageError,
} from "../terminal/index.ts";
import type { OptionTable, Terminal } from "../terminal/index.ts";
import { askWith, beginCeremony } from "./begin-ceremony.ts";
import { parseScript, scriptBytesMax } from "./ceremony-script.ts";
import type { CeremonyScript } from "./ceremony-script.ts";
import { digestInWords } from "./digest-words.ts";
import { previewOf, renderPreview } from "./preview-ceremony.ts";
import { qrCodeOf } from "./qr-code.ts";
import { withRehearsalFolder } from "./rehearsal-folder.ts";
import { runCeremony } from "./run-ceremony.ts";
import { runYinxin } from "./run-yinxin.ts";
import { openTranscript } from "./transcript.ts";
import type { Transcript } from "./transcript.ts";

const options = {
  transcript: {
    type: "string",
    value: "FILE",
    help: { zh: "记录文件；已有而未完的接着进行", en: "the transcript; one that was cut short goes on" },
  },
  rehearse: {
    type: "boolean",
    help: {
      zh: "彩排：用随后销毁的密钥存储；无人在场（或加 --no-input）时自动应答",
      en: "a rehearsal on a throw-away store; answers itself where nobody is there, or with --no-input",
    },
  },
  "dry-run": {
    type: "boolean",
    help: {
      zh: "只列出每一步要做什么；不执行、不提问、不写文件",
      en: "say what each step would do; run, ask and write nothing",
    },
  },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

/** `yinxin ceremony run` */
export const command: Command = {
  usage: describeUsage({
    lines: [
      "ceremony run SCRIPT --transcript FILE",
      "ceremony run SCRIPT --rehearse [--transcript FILE]",
      "ceremony run SCRIPT --dry-run",
    ],
    examples: [
      "ceremony run script.json --transcript first-keys.jsonl",
      "ceremony run script.json --rehearse --no-input --transcript rehearsal.jsonl",
    ],
    about: {
      zh: "逐步执行脚本，记录时间、命令、回答与姓名缩写；不需要任何服务。中断后再次运行即从断处继续。",
      en: "Walks the script step by step and writes down times, commands, answers and initials. It needs no service. Cut short, it goes on where it was.",
    },
    options,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    const file = onlyWord(positionals, "a script");
    const script = parseScript(await readWhole(file, scriptBytesMax), file);
    const isJson = values.json === true;
    if (values["dry-run"] === true) {
      terminal.print(
        isJson ? renderJson(previewOf(script, terminal.language)) : renderPreview(script, terminal.language),
      );
      return exitCodes.done;
    }
    if (values.rehearse === true)
      return withRehearsalFolder(terminal, (scratch) =>
        walk(
          script,
          { file: values.transcript ?? scratch.transcript, scratch: scratch.path, values },
          terminal,
        ),
      );
    if (!terminal.isInteractive) throw nobodyThere(file);
    if (values.transcript === undefined) throw new UsageError("Name the transcript with --transcript FILE.");
    return walk(script, { file: values.transcript, scratch: undefined, values }, terminal);
  },
};

function nobodyThere(file: string): CommandFailure {
  const again = `yinxin ceremony run ${file} --rehearse`;
  return new CommandFailure(
    "nobody-there",
    { zh: "仪式需要有人在终端前。", en: "A ceremony needs people at a terminal." },
    {
      exitCode: exitCodes.notAllowed,
      next: { zh: `彩排：${again}`, en: `A rehearsal: ${again}` },
    },
  );
}

interface Walk {
  readonly file: string;
  /** Of a rehearsal. */
  readonly scratch: string | undefined;
  readonly values: Values;
}

async function walk(
  script: CeremonyScript,
  { file, scratch, values }: Walk,
  terminal: Terminal,
): Promise<number> {
  const transcript = await openTranscript(file, { now: terminal.now, processId: process.pid });
  try {
    await beginCeremony({ transcript, script, scratch, file }, terminal);
    await runCeremony({
      terminal,
      transcript,
      runYinxin: (words) => runYinxin(words, terminal),
      ask: askWith(terminal),
    });
    sayEnd(transcript, values.transcript, terminal, values.json === true);
    return exitCodes.done;
  } catch (cause) {
    const isBrokenOff = cause instanceof CommandFailure && cause.exitCode === exitCodes.interrupted;
    throw isBrokenOff && scratch === undefined ? interrupted(goesOn) : cause;
  } finally {
    await transcript.close();
  }
}

const goesOn = {
  zh: "再次运行同一命令，即从断处继续。",
  en: "Run the same command again: it goes on where it was.",
};

function sayEnd(transcript: Transcript, file: string | undefined, terminal: Terminal, isJson: boolean): void {
  const digest = transcript.digest();
  const words = { en: digestInWords(digest, "en"), zh: digestInWords(digest, "zh") };
  if (isJson)
    terminal.print(renderJson({ transcript: file, digest, words, entries: transcript.entries.length }));
  else terminal.print(`${digest}\n${words.en}\n${words.zh}\n\n${qrCodeOf(digest)}`);
  if (file === undefined) return;
  const [begin] = transcript.entries;
  for (const { id } of begin?.kind === "begin" ? begin.script.participants : [])
    terminal.say(
      `→ yinxin ceremony sign ${printable(file)} --participant ${id} --officer-key URI --officer-label LABEL`,
    );
}
