import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { countOpenHandles, createDisturbances, runConformance } from "@yinxin/hsm-adapters/conformance";
import type { ConformanceOptions, ConformanceRow, Disturbances } from "@yinxin/hsm-adapters/conformance";
import { canonicalKeyUri } from "@yinxin/hsm-adapters/key-store";

import { exitCodes } from "../exit-codes.ts";
import {
  noWords,
  padded,
  parseOptions,
  printable,
  renderJson,
  stopSignal,
  UsageError,
} from "../terminal/index.ts";
import type { Language, Terminal } from "../terminal/index.ts";
import { readAlgorithm } from "./generate-command.ts";
import { keysCommand } from "./keys-command.ts";
import { createOpener } from "./open-store.ts";
import type { StoreOpener } from "./open-store.ts";
import { readStoreRequest, storeOptions, storeUsage } from "./store-options.ts";

const makesKeys = ["if-destroyable", "always", "never"] as const;

const options = {
  ...storeOptions,
  algorithm: { type: "string", multiple: true },
  key: { type: "string", multiple: true },
  "make-keys": { type: "string" },
  openings: { type: "string" },
  parallel: { type: "string" },
  soak: { type: "string" },
  deadline: { type: "string" },
  "try-wrong-pin": { type: "boolean" },
  "pull-device": { type: "boolean" },
  "dry-run": { type: "boolean" },
} as const;

export const command = keysCommand(
  `usage: yinxin keys conformance --store URI [options]

Puts a device, its library and its profile to the test, promise by promise, and prints what became of each: passed, failed, or
not applicable and why. Signs test messages that say so. Test keys are named conformance-… and destroyed again.

  --algorithm NAME      what the device is said to sign by (repeatable); absent: found out
  --key KEY-URI         sign with this key instead of one of each algorithm (repeatable; only where no keys are made)
  --make-keys WHEN      ${makesKeys.join(", ")}; the first if absent. always leaves keys on a device that cannot destroy them
  --openings N          open and close so often (100)
  --parallel N          signatures in flight at once (64)
  --soak MINUTES        how long to sign at the end (a few seconds)
  --deadline SECONDS    of one call into the library (10); the device is made to hang as long
  --try-wrong-pin       try a wrong PIN, which costs one try
  --pull-device         ask to take the device away and to put it back
  --dry-run             say what would be done, and do nothing
${storeUsage}

exit codes: 0 no row failed · 1 a row failed · 2 wrong usage
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    noWords(positionals);
    const request = await readStoreRequest(values);
    const wanted = readWanted(values, terminal);
    if (values["dry-run"] === true) return sayPlan(request.uri, wanted, terminal, values.json === true);
    const opener = await createOpener(request, terminal, true);
    try {
      return await runKit(opener, wanted, terminal, {
        isJson: values.json === true,
        triesWrongPin: values["try-wrong-pin"] === true,
        pullsDevice: values["pull-device"] === true,
      });
    } finally {
      await opener.close();
    }
  },
);

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

interface Wanted extends ConformanceOptions {
  readonly deadlineMilliseconds: number;
}

function readWanted(values: Values, { randomBytes }: Terminal): Wanted {
  const { algorithm, key } = values;
  const when = makesKeys.find((each) => each === (values["make-keys"] ?? "if-destroyable"));
  if (when === undefined) throw new UsageError(`--make-keys: choose one of ${makesKeys.join(", ")}.`);
  return {
    makesKeys: when,
    openings: readCount("openings", values.openings, 100),
    parallel: readCount("parallel", values.parallel, 64),
    soakMilliseconds: readNumber("soak", values.soak, 0.05) * 60_000,
    deadlineMilliseconds: readNumber("deadline", values.deadline, 10) * 1_000,
    randomBytes,
    ...(algorithm === undefined
      ? {}
      : { algorithms: algorithm.map(readAlgorithm) satisfies SignatureAlgorithmName[] }),
    ...(key === undefined ? {} : { keys: key.map(canonicalKeyUri) }),
  };
}

/** A day; whoever asks for more meant something else. */
const largestNumber = 1_440;

function readNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number > 0 && number <= largestNumber) return number;
  throw new UsageError(`--${name} ${printable(text)}: give a number up to ${String(largestNumber)}.`);
}

/** @throws UsageError unless it is a whole number of 1 or more. */
function readCount(name: string, text: string | undefined, otherwise: number): number {
  const count = readNumber(name, text, otherwise);
  if (Number.isInteger(count)) return count;
  throw new UsageError(`--${name} ${String(count)}: give a whole number from 1 to ${String(largestNumber)}.`);
}

function sayPlan(uri: string, wanted: Wanted, { say, print }: Terminal, isJson: boolean): number {
  const {
    makesKeys: when,
    algorithms = signatureAlgorithmNames,
    openings,
    parallel,
    soakMilliseconds,
  } = wanted;
  const store = uri.split("?")[0] ?? "";
  say(`would open ${store} ${String(openings)} times, make keys ${when} for ${algorithms.join(", ")},`);
  say(
    `sign ${String(parallel)} at once and for ${String((soakMilliseconds ?? 0) / 1_000)} s, and disturb its driver`,
  );
  if (isJson) print(renderJson({ dryRun: true, store, makesKeys: when, algorithms, openings, parallel }));
  return exitCodes.done;
}

const broken = {
  zh: "已中断：其余各项未检验",
  en: "broken off: the other rows were not tried",
} as const;

interface Run {
  readonly isJson: boolean;
  readonly triesWrongPin: boolean;
  readonly pullsDevice: boolean;
}

async function runKit(opener: StoreOpener, wanted: Wanted, terminal: Terminal, run: Run): Promise<number> {
  const disturbances = createDisturbances(terminal.randomBytes);
  const open = () =>
    opener.open({
      settings: { deadlineMilliseconds: wanted.deadlineMilliseconds },
      intercept: disturbances.intercept,
    });
  const rows: ConformanceRow[] = [];
  const hooks = hooksOf(opener, disturbances, terminal, run);
  const signal = AbortSignal.any([stopSignal(), terminal.unread]);
  for await (const row of runConformance(open, { ...wanted, hooks, signal })) {
    rows.push(row);
    if (!run.isJson) terminal.print(renderRow(row, terminal.language));
  }
  if (run.isJson) terminal.print(renderJson(rows));
  const count = (result: ConformanceRow["result"]) =>
    String(rows.filter((row) => row.result === result).length);
  terminal.say(
    terminal.language === "zh"
      ? `通过 ${count("passed")}，失败 ${count("failed")}，不适用 ${count("not-applicable")}`
      : `${count("passed")} passed, ${count("failed")} failed, ${count("not-applicable")} not applicable`,
  );
  if (signal.aborted) terminal.say(broken[terminal.language]);
  const isPassed = !signal.aborted && rows.every(({ result }) => result !== "failed");
  return isPassed ? exitCodes.done : exitCodes.failed;
}

function hooksOf(
  opener: StoreOpener,
  disturbances: Disturbances,
  terminal: Terminal,
  { triesWrongPin, pullsDevice }: Run,
): NonNullable<ConformanceOptions["hooks"]> {
  const { wrongPin } = disturbances;
  return {
    countHandles: countOpenHandles,
    ...disturbances.hooks,
    ...(triesWrongPin
      ? { wrongPin: { open: () => opener.open({ pin: wrongPin.source }), timesRead: wrongPin.timesRead } }
      : {}),
    ...(pullsDevice && terminal.isInteractive ? { removeDevice: () => askToPull(terminal) } : {}),
  };
}

async function askToPull({ ask, language }: Terminal): Promise<() => Promise<void>> {
  const isChinese = language === "zh";
  await ask(isChinese ? "请拔出设备，然后按回车：" : "Take the device away, then press Enter:");
  return async () => {
    await ask(isChinese ? "请插回设备，然后按回车：" : "Put the device back, then press Enter:");
  };
}

const results = {
  passed: { mark: "✔", zh: "通过", en: "passed" },
  failed: { mark: "✖", zh: "失败", en: "FAILED" },
  "not-applicable": { mark: "·", zh: "不适用", en: "not applicable" },
} as const;

/** Wide enough for the longest result and name. */
const widths = { result: 14, name: 20 } as const;

function renderRow(
  { name, title, result, detail, milliseconds }: ConformanceRow,
  language: Language,
): string {
  const { mark, ...word } = results[result];
  const cells = `${mark} ${padded(word[language], widths.result)} ${padded(name, widths.name)}`;
  return `${cells} ${title[language]}: ${printable(detail[language])} (${String(milliseconds)} ms)\n`;
}
