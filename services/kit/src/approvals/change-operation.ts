import type { Transaction } from "kysely";
import type { z } from "zod";

import type { JsonValue } from "../audit/canonical-json.ts";
import type { Localized } from "../problems/index.ts";

/** One step of what a change would do, as far as it is known beforehand. */
export interface PreviewStep {
  readonly name: string;
  readonly title: Localized;
  /** RFC 3339; absent where it depends on what happens before. */
  readonly at?: string;
}

/** What a change would do, for the person who asks for it and the person who approves it. */
export interface ChangePreview {
  /** One sentence a line: "3 services, 41,882 live tokens". */
  readonly effect: readonly Localized[];
  /** The figures of the sentences, by name in snake_case. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly steps: readonly PreviewStep[];
}

/** A change whose approvals have been verified, as its operation gets it. */
export interface ApprovedChange<Parameters = unknown> {
  readonly id: string;
  readonly operation: string;
  readonly target: string;
  readonly parameters: Parameters;
  readonly reason: string;
  /** Officer id. */
  readonly proposer: string;
  /** Officer ids of everybody who counted. */
  readonly approvers: readonly string[];
  /** Who asked for the execution, for the events that the operation writes. */
  readonly executor: string;
  /** Digest of the request. */
  readonly digest: string;
}

export interface ChangeExecution<Parameters = unknown> {
  /** The transaction in which one use of the approval's window is consumed. Nothing but SQL is awaited in it. */
  readonly tx: Transaction<unknown>;
  readonly change: ApprovedChange<Parameters>;
  readonly at: Date;
}

/** Something that officers can ask for. A service registers them by name, and a policy has a rule for each name. */
export interface ChangeOperation<Parameters extends z.ZodObject = z.ZodObject> {
  /** `key.rotate` */
  readonly name: string;
  readonly title: Localized;
  /** A strict object of JSON values in snake_case. */
  readonly parameters: Parameters;
  /** @throws Refusal if the change cannot be done as asked: proposing it is then refused too. */
  preview(target: string, parameters: z.output<Parameters>): Promise<ChangePreview>;
  /**
   * Does it. Work that takes long, or signs, only gets its row here and is done afterwards.
   *
   * @throws Refusal: nothing has happened then, and no use is consumed.
   */
  execute(execution: ChangeExecution<z.output<Parameters>>): Promise<JsonValue>;
}

/** Declares an operation with its parameters' types checked. */
export function defineChangeOperation<Parameters extends z.ZodObject>(
  operation: ChangeOperation<Parameters>,
): ChangeOperation {
  return operation;
}
