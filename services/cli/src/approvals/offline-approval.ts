import { writeFile } from "node:fs/promises";

import { z } from "zod";

import { readTrust } from "../deployment/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { openOwnKey } from "../officer/index.ts";
import type { OfficerSession, OfficerValues } from "../officer/index.ts";
import { CommandFailure, readWhole, renderJson, UsageError } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { signAfterReading } from "./decide.ts";
import { holdChange } from "./held-change.ts";

/** The export of a change under the largest policies, with room. */
const exportBytesMax = 64 * 1024 * 1024;

const signedApprovalSchema = z.strictObject({
  type: z.literal("yinxin-signed-approval"),
  service: z.string(),
  change: z.string(),
  statement: z.string(),
  signature: z.string(),
});

/** A decision that was signed away from the network, as it is carried to it. */
export type SignedApproval = z.infer<typeof signedApprovalSchema>;

export interface OfflineCall {
  readonly values: OfficerValues & {
    readonly trust?: string | undefined;
    readonly output?: string | undefined;
    readonly comment?: string | undefined;
    readonly confirm?: string | undefined;
  };
  readonly terminal: Terminal;
  readonly isJson: boolean;
  readonly session: () => Promise<OfficerSession>;
}

/** Approves a change from its file; no service is asked. @returns the exit code. */
export async function approveOffline(call: OfflineCall, file: string): Promise<number> {
  const { values, terminal, isJson } = call;
  if (values.trust === undefined && values.deployment === undefined && values["officer-key"] !== undefined)
    throw new UsageError("Name the trust file: --trust yinxin-trust.json.");
  const session = values.trust === undefined ? await call.session() : await lonelySession(call, values.trust);
  try {
    const change = holdChange(await readJson(file), await session.trust());
    const { comment, confirm } = values;
    const decision = { decision: "approve" as const, ...(comment === undefined ? {} : { comment }) };
    const signed = await signAfterReading(change, { terminal, session, decision, confirm });
    const service = change.verification.request?.service ?? "";
    const approval: SignedApproval = {
      type: "yinxin-signed-approval",
      service,
      change: change.id,
      ...signed,
    };
    const output = values.output ?? `${file}.approval`;
    await writeFile(output, `${JSON.stringify(approval, undefined, 2)}\n`, { mode: 0o600 });
    terminal.print(isJson ? renderJson({ file: output, change: change.id, service }) : `${output}\n`);
    terminal.say(`→ yinxin approvals submit ${output}`);
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

/** Without a deployment: the trust file and the officer's own key are all there is. */
async function lonelySession(
  { values, terminal, session }: OfflineCall,
  trustFile: string,
): Promise<Pick<OfficerSession, "trust" | "identity" | "close">> {
  if (values["officer-key"] === undefined && terminal.environment["YINXIN_OFFICER"]?.includes("#") !== true) {
    const open = await session();
    return {
      trust: () => readTrust(trustFile),
      identity: () => open.identity(),
      close: () => Promise.resolve(),
    };
  }
  const key = await openOwnKey(values, terminal);
  return {
    trust: () => readTrust(trustFile),
    identity: () => Promise.resolve(key),
    close: () => key.close(),
  };
}

async function readJson(file: string): Promise<unknown> {
  const bytes = await readWhole(file, exportBytesMax);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new CommandFailure(
      "change-malformed",
      { zh: `${file} 不是 JSON。`, en: `${file} is not JSON.` },
      { cause },
    );
  }
}

/** What {@link approveOffline} wrote. @throws CommandFailure `approval-malformed`; FileError */
export async function readSignedApproval(file: string): Promise<SignedApproval> {
  const parsed = signedApprovalSchema.safeParse(await readJson(file));
  if (parsed.success) return parsed.data;
  throw new CommandFailure(
    "approval-malformed",
    { zh: `${file} 不是已签名的批准。`, en: `${file} is no signed approval.` },
    { cause: parsed.error },
  );
}
