import { readFile } from "node:fs/promises";

import { parseNoteKey, TlogError } from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";
import { X509Error } from "@yinxin/crypto/x509";
import { z } from "zod";

import { alarmConfigSchema } from "../alarms/index.ts";
import type { AlarmConfig } from "../alarms/index.ts";
import { parseGovernanceTrust } from "../approvals/index.ts";
import type { GovernanceTrust } from "../approvals/index.ts";
import { StartError } from "../lifecycle/index.ts";
import { parsePlanDefinition, PlanDefinitionError } from "../rotations/index.ts";
import type { PlanDefinition } from "../rotations/index.ts";
import type { GovernanceConfig } from "./governance.ts";

/** None of these files has more to say. */
const fileBytesMax = 8 * 1024 * 1024;

const noteKey = z.string().transform((text) => parseNoteKey(text));

const witnessesSchema = z.strictObject({
  witnesses: z
    .array(z.strictObject({ url: z.url({ protocol: /^https?$/ }), vkey: noteKey }))
    .min(1)
    .max(32),
});

const witnessedLogsSchema = z.strictObject({
  /** The witness's own name, in every cosignature line. */
  name: z.string().min(1).max(200),
  logs: z
    .array(z.strictObject({ origin: z.string().min(1).max(200), vkeys: z.array(noteKey).min(1).max(8) }))
    .max(256),
});

/** The files that the environment names, read and checked. */
export interface GovernanceFiles {
  readonly trust: GovernanceTrust | undefined;
  /** Judged when it is imported. */
  readonly policyChain: unknown;
  readonly witnesses: readonly { readonly url: string; readonly vkey: NoteKey }[];
  /** Undefined: this service is nobody's witness. */
  readonly witnessed: z.output<typeof witnessedLogsSchema> | undefined;
  readonly plans: readonly PlanDefinition[];
  readonly alarms: AlarmConfig;
  readonly webhookSecret: Uint8Array | undefined;
  readonly mailPassword: string | undefined;
  readonly mailAuthorities: string | undefined;
}

/** @throws StartError naming the variable and the file that cannot be used. */
export async function readGovernanceFiles(config: GovernanceConfig): Promise<GovernanceFiles> {
  const { GOVERNANCE_TRUST_FILE, OFFICER_POLICY_FILE, AUDIT_WITNESSES_FILE, ALARMS_FILE } = config;
  const alarms =
    (await read("ALARMS_FILE", ALARMS_FILE, alarmConfigSchema.parse.bind(alarmConfigSchema))) ?? {};
  const witnesses = await read("AUDIT_WITNESSES_FILE", AUDIT_WITNESSES_FILE, (json) =>
    witnessesSchema.parse(json),
  );
  const plans = await Promise.all(
    config.PLAN_FILES.map((file) => read("PLAN_FILES", file, (json) => parsePlanDefinition(json))),
  );
  return {
    trust: await read("GOVERNANCE_TRUST_FILE", GOVERNANCE_TRUST_FILE, parseGovernanceTrust),
    policyChain: await read("OFFICER_POLICY_FILE", OFFICER_POLICY_FILE, (json) => json),
    witnesses: witnesses?.witnesses ?? [],
    witnessed: await read("AUDIT_WITNESSED_LOGS_FILE", config.AUDIT_WITNESSED_LOGS_FILE, (json) =>
      witnessedLogsSchema.parse(json),
    ),
    plans: plans.filter((plan) => plan !== undefined),
    alarms,
    webhookSecret: await secretOf(alarms.webhook?.secret_file),
    mailPassword: textOf(await secretOf(alarms.mail?.password_file))?.trimEnd(),
    mailAuthorities: textOf(await secretOf(alarms.mail?.authorities_file)),
  };
}

async function read<Value>(
  variable: string,
  file: string | undefined,
  parse: (json: unknown) => Value,
): Promise<Value | undefined> {
  if (file === undefined) return undefined;
  try {
    const bytes = await readFile(file);
    if (bytes.length > fileBytesMax) throw new StartError("it is too large");
    return parse(JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    throw new StartError(`${variable}: ${file} cannot be used (${reasonOf(cause)})`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof z.ZodError) return z.prettifyError(cause).replaceAll("\n", " ");
  const isForPersons = [SyntaxError, TlogError, X509Error, PlanDefinitionError, RangeError, StartError].some(
    (kind) => cause instanceof kind,
  );
  if (cause instanceof Error && (isForPersons || "code" in cause)) return cause.message;
  return "the log says why";
}

async function secretOf(file: string | undefined): Promise<Uint8Array | undefined> {
  if (file === undefined) return undefined;
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new StartError(`ALARMS_FILE: ${file} cannot be read`, { cause });
  }
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
}
