import { exitCodes } from "../exit-codes.ts";
import { CommandFailure, meant, sayFailure } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import type { ServiceConnection } from "./service-connection.ts";

export interface ServiceAnswer<Answer> {
  readonly service: ServiceConnection;
  readonly answer: Answer;
}

export interface ServiceAnswers<Answer> {
  readonly answers: readonly ServiceAnswer<Answer>[];
  readonly failures: readonly ServiceFailure[];
}

export interface ServiceFailure {
  readonly service: ServiceConnection;
  readonly failure: CommandFailure;
}

/** Asks all at once; one that fails keeps no other from being heard. */
export async function askServices<Answer>(
  services: readonly ServiceConnection[],
  ask: (service: ServiceConnection) => Promise<Answer>,
): Promise<ServiceAnswers<Answer>> {
  const answers: ServiceAnswer<Answer>[] = [];
  const failures: ServiceFailure[] = [];
  await Promise.all(
    services.map(async (service) => {
      try {
        answers.push({ service, answer: await ask(service) });
      } catch (cause) {
        if (!(cause instanceof CommandFailure)) throw cause;
        failures.push({ service, failure: cause });
      }
    }),
  );
  const inOrder = <Each extends { readonly service: ServiceConnection }>(list: Each[]): readonly Each[] =>
    list.sort((one, other) => services.indexOf(one.service) - services.indexOf(other.service));
  return { answers: inOrder(answers), failures: inOrder(failures) };
}

/**
 * Says which services did not answer; what the others said is still worth showing. If none answered, that is the failure.
 *
 * @returns what to end with: 0, or the first failure's exit code.
 */
export function sayFailures<Answer>(
  { answers, failures }: ServiceAnswers<Answer>,
  terminal: Terminal,
): number {
  const [first] = failures;
  if (first === undefined) return exitCodes.done;
  if (answers.length === 0) throw first.failure;
  for (const { failure } of failures) sayFailure(failure, terminal, false);
  return first.failure.exitCode;
}

export interface Search<Found> {
  /** `a change`, `a purpose` */
  readonly what: { readonly zh: string; readonly en: string };
  readonly name: string;
  readonly code: string;
  readonly find: (service: ServiceConnection) => Promise<Found>;
  /** Codes that mean that this service does not have it. */
  readonly absent: readonly string[];
  /** What there is instead, for whoever mistyped. */
  readonly names?: () => Promise<readonly string[]>;
  /** What lists them. */
  readonly list: string;
}

/**
 * The service that has it, and what it said.
 *
 * @throws CommandFailure with `search.code` if none has it, with a name that was perhaps meant; a service's failure if one that did
 *   not answer might have it.
 */
export async function findAmongServices<Found>(
  services: readonly ServiceConnection[],
  search: Search<Found>,
): Promise<ServiceAnswer<Found>> {
  const { answers, failures } = await askServices(services, search.find);
  const [found] = answers;
  if (found !== undefined) return found;
  const unanswered = failures.find(({ failure }) => !search.absent.includes(failure.code));
  if (unanswered !== undefined) throw unanswered.failure;
  const near = meant(search.name, (await search.names?.()) ?? []);
  const { zh, en } = search.what;
  throw new CommandFailure(
    search.code,
    {
      zh: `没有${zh} ${search.name}。${near.length === 0 ? "" : `您是否要用：${near.join("、")}？`}`,
      en: `There is no ${en} ${search.name}.${near.length === 0 ? "" : ` Did you mean ${near.join(" or ")}?`}`,
    },
    { next: { zh: search.list, en: search.list } },
  );
}
