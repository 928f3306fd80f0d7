import type { Command } from "../command.ts";
import { keysCommand } from "../keys/keys-command.ts";
import { describeUsage, parseOptions } from "../terminal/index.ts";
import type { OptionTable, Terminal, UsageParts } from "../terminal/index.ts";
import type { ParsedOptions } from "../terminal/parse-options.ts";
import type { NeededRole } from "./choose-officer.ts";
import { officerOptions } from "./officer-options.ts";
import { openSession } from "./officer-session.ts";
import type { OfficerSession } from "./officer-session.ts";

type AllOptions<Options extends OptionTable> = Options & typeof officerOptions;

/** What a command gets: its options, its words, and the way to the services. */
export interface OfficerCall<Options extends OptionTable> {
  readonly values: ParsedOptions<AllOptions<Options>>["values"];
  readonly positionals: readonly string[];
  readonly terminal: Terminal;
  /** Whether `--json` was given. */
  readonly isJson: boolean;
  /** Reads the deployment; closed when the command ends. */
  readonly session: () => Promise<OfficerSession>;
}

export interface OfficerCommandDefinition<Options extends OptionTable> extends Omit<UsageParts, "options"> {
  readonly options: Options;
  /** Who plays where a sandbox is asked and nobody is named; an officer who may propose if absent. */
  readonly role?: NeededRole;
  readonly run: (call: OfficerCall<Options>) => Promise<number>;
}

/** A command that speaks with services as an officer: its help, its options, its session, and what its failures say. */
export function officerCommand<const Options extends OptionTable>(
  definition: OfficerCommandDefinition<Options>,
): Command {
  const options: AllOptions<Options> = { ...definition.options, ...officerOptions };
  return keysCommand(describeUsage({ ...definition, options }), async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options as OptionTable);
    let opened: Promise<OfficerSession> | undefined;
    try {
      return await definition.run({
        values: values as OfficerCall<Options>["values"],
        positionals,
        terminal,
        isJson: values["json"] === true,
        session: () => {
          opened ??= openSession(values, terminal, definition.role ?? "officer");
          return opened;
        },
      });
    } finally {
      await (await opened?.catch(() => undefined))?.close();
    }
  });
}
