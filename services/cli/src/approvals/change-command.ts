import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { dryRunOption, officerCommand } from "../officer/index.ts";
import type { OfficerCall, OfficerSession, ServiceConnection } from "../officer/index.ts";
import { CommandFailure, confirmByName, renderJson, UsageError } from "../terminal/index.ts";
import type { Bilingual, OptionTable, Terminal } from "../terminal/index.ts";
import { changeInWords } from "./change-words.ts";
import { tellChange } from "./decide.ts";
import { executeChange } from "./execute-change.ts";
import { findChange, readChangeId } from "./held-change.ts";
import type { FoundChange } from "./held-change.ts";
import { previewChange, renderPreview } from "./preview-change.ts";
import type { WantedChange } from "./preview-change.ts";
import { proposeChange } from "./propose-change.ts";
import { refuseOnlooker } from "./refuse-onlooker.ts";

/** What a person typed, as a change at one service. */
export interface WantedAtService extends WantedChange {
  readonly service: ServiceConnection;
}

export interface ChangeCommandDefinition<Options extends OptionTable> {
  /** `keys rotate PURPOSE` */
  readonly line: string;
  readonly examples: readonly [string, string, ...string[]];
  readonly about: Bilingual;
  /** The operations that `--apply` may do: those that `wanted` asks for. */
  readonly operations: readonly string[];
  readonly options: Options;
  /** One officer is enough, so asking and doing are one. */
  readonly isImmediate?: boolean;
  /** Asks for the target's name before it is done. */
  readonly isConfirmed?: boolean;
  readonly wanted: (call: ChangeCall<Options>, session: OfficerSession) => Promise<WantedAtService>;
  /** Done before the request, and said: a compromise stops the key first. */
  readonly before?: (
    call: ChangeCall<Options>,
    session: OfficerSession,
    wanted: WantedAtService,
  ) => Promise<void>;
  /** Done after it was done at its service. */
  readonly after?: (change: FoundChange, session: OfficerSession, terminal: Terminal) => Promise<void>;
  /** Whether the word beside `--apply` names what the change is about; else the target itself. */
  readonly isAbout?: (change: FoundChange, word: string) => boolean;
}

const changeOptions = {
  request: {
    type: "boolean",
    help: { zh: "提交申请（给出 --reason 时即是）", en: "ask for it (implied by --reason)" },
  },
  reason: { type: "string", value: "TEXT", help: { zh: "原因", en: "why" } },
  apply: {
    type: "string",
    value: "CHANGE",
    help: { zh: "执行已批准的申请", en: "do what was approved" },
  },
  wait: {
    type: "boolean",
    help: { zh: "与 --apply 同用：等到最后一步完成", en: "with --apply: wait until the last step is done" },
  },
  confirm: {
    type: "string",
    value: "NAME",
    help: { zh: "对象的名称，用于无人可问时", en: "the target's name, where nobody can be asked" },
  },
  yes: {
    type: "boolean",
    help: { zh: "与 --apply 同用：不再询问", en: "with --apply: do not ask again" },
  },
  ...dryRunOption,
} as const satisfies OptionTable;

type AllOptions<Options extends OptionTable> = Options & typeof changeOptions;
export type ChangeCall<Options extends OptionTable> = OfficerCall<AllOptions<Options>>;

/** The values that every change command has; the generic ones are not known to the compiler inside it. */
type CommonCall = OfficerCall<typeof changeOptions>;

/**
 * A command that changes something by the officers' way: `--dry-run` shows what it would do, `--reason` asks for it, and `--apply` does
 * it once enough officers approved.
 */
export function changeCommand<const Options extends OptionTable>(
  definition: ChangeCommandDefinition<Options>,
): Command {
  const { line, examples, about, isImmediate = false } = definition;
  const others = isImmediate ? [] : [`${line} --apply CHANGE [--wait]`];
  return officerCommand<AllOptions<Options>>({
    lines: [`${line} --dry-run`, `${line} --reason TEXT`, ...others],
    examples,
    about,
    options: { ...definition.options, ...changeOptions },
    run: async (call) => {
      const common = call as unknown as CommonCall;
      const mode = modeOf(common, isImmediate);
      const session = await call.session();
      if (mode.kind === "apply") return await apply(definition, common, session, mode.change);
      const wanted = await definition.wanted(call, session);
      if (mode.kind === "request") await refuseOnlooker(session, wanted.service);
      const preview = await previewChange(wanted.service, wanted);
      if (mode.kind === "dry-run") return showPreview(common, wanted, preview);
      common.terminal.say(renderPreview(preview, common.terminal).trimEnd());
      if (definition.isConfirmed === true) await confirmTarget(common, wanted.target);
      await definition.before?.(call, session, wanted);
      const change = await proposeChange(session, common.terminal, { ...wanted, reason: mode.reason });
      if (!isImmediate || change.state !== "ready") return tellRequested(change, common);
      return await executeChange(session, change, executionOf(common));
    },
  });
}

const sayWhy: Bilingual = {
  zh: "请写明原因：--reason TEXT；或先查看：--dry-run。",
  en: "Say why: --reason TEXT; or see first: --dry-run.",
};
const giveOne: Bilingual = {
  zh: "请给出 --dry-run、--reason TEXT、--apply CHANGE 三者之一。",
  en: "Give one of --dry-run, --reason TEXT and --apply CHANGE.",
};

type Mode =
  | { readonly kind: "dry-run" }
  | { readonly kind: "request"; readonly reason: string }
  | { readonly kind: "apply"; readonly change: string };

function modeOf(call: CommonCall, isImmediate: boolean): Mode {
  const { apply: change, reason, yes, wait } = call.values;
  if (change !== undefined) return applyMode(call, change);
  if (yes === true || wait === true)
    throw new UsageError({
      zh: "--yes 与 --wait 只能与 --apply CHANGE 同用。",
      en: "--yes and --wait only go with --apply CHANGE.",
    });
  if (call.values["dry-run"] === true) return { kind: "dry-run" };
  if (reason !== undefined) return { kind: "request", reason };
  throw new UsageError(isImmediate ? sayWhy : giveOne);
}

function applyMode({ values }: CommonCall, change: string): Mode {
  if (values["dry-run"] === true || values.request === true || values.reason !== undefined)
    throw new UsageError(giveOne);
  return { kind: "apply", change: readChangeId(change) };
}

function showPreview(
  { terminal, isJson }: CommonCall,
  { service, operation, target, parameters }: WantedAtService,
  preview: Awaited<ReturnType<typeof previewChange>>,
): number {
  const isZh = terminal.language === "zh";
  terminal.say(isZh ? "计划（只读，没有改动）" : "the plan (nothing was changed)");
  terminal.print(
    isJson
      ? renderJson({ dryRun: true, service: service.name, operation, target, parameters, ...preview })
      : renderPreview(preview, terminal),
  );
  return exitCodes.done;
}

function confirmTarget({ terminal, values }: CommonCall, target: string): Promise<void> {
  return confirmByName(terminal, { name: target, given: values.confirm, option: `--confirm ${target}` });
}

function tellRequested(change: FoundChange, { terminal, isJson }: CommonCall): number {
  const what = change.verification.request;
  if (what !== undefined)
    terminal.say(
      terminal.language === "zh"
        ? `已提交 ${change.id}：${changeInWords(what, "zh")}`
        : `asked: ${change.id}, to ${changeInWords(what, "en")}`,
    );
  return tellChange(change, terminal, isJson);
}

async function apply<Options extends OptionTable>(
  { operations, isConfirmed, line, isAbout = isTarget, after }: ChangeCommandDefinition<Options>,
  call: CommonCall,
  session: OfficerSession,
  id: string,
): Promise<number> {
  const change = await findChange(session, id);
  const { request } = change.verification;
  const target = call.positionals[0];
  if (request === undefined || !operations.includes(request.operation)) {
    const words = request === undefined ? id : changeInWords(request, call.terminal.language);
    throw new CommandFailure("change-of-another-kind", {
      zh: `${id} 的内容是：${words}，不能用这个命令执行。`,
      en: `${id} is to ${words}; this command does not do that.`,
    });
  }
  if (target !== undefined && !isAbout(change, target)) {
    throw new CommandFailure("change-of-another-target", {
      zh: `${id} 的对象是 ${request.target}，不是 ${target}。`,
      en: `${id} is about ${request.target}, not ${target} (${line}).`,
    });
  }
  if (isConfirmed === true && call.values.yes !== true) await confirmTarget(call, request.target);
  const exitCode = await executeChange(session, change, executionOf(call));
  await after?.(change, session, call.terminal);
  return exitCode;
}

/** As typed when it was asked for: a scope without its kind is a key's (`freeze seal.maker`). */
function isTarget({ verification: { request } }: FoundChange, word: string): boolean {
  if (request === undefined) return false;
  return (
    request.target === word || (request.operation.startsWith("scope.") && request.target === `key:${word}`)
  );
}

function executionOf({ terminal, isJson, values }: CommonCall): Parameters<typeof executeChange>[2] {
  return { terminal, isJson, waits: values.wait === true };
}
