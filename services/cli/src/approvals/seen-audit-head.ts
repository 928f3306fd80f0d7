import { hexOf } from "@yinxin/crypto/bytes";
import { believedCheckpoint, readTrustedLogs } from "@yinxin/service-kit/approvals";
import type { AuditHead, GovernanceTrust } from "@yinxin/service-kit/approvals";

import type { ServiceConnection } from "../officer/index.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";

/**
 * The service's audit log as it stands, if a key of the trust file signed that: it goes into the request, so that the approvals hold in
 * this history only. Undefined, and said, where the log cannot be believed; without a word where the trust file has no logs at all.
 */
export async function seenAuditHead(
  service: ServiceConnection,
  trust: GovernanceTrust,
  terminal: Terminal,
): Promise<AuditHead | undefined> {
  const logs = readTrustedLogs(trust);
  if (logs === undefined || logs.logs.length === 0) return undefined;
  const note = await checkpointOf(service);
  if (note === undefined) {
    sayUnbelieved(service, terminal, { zh: "日志没有检查点", en: "it has no checkpoint" });
    return undefined;
  }
  const checkpoint = believedCheckpoint({ checkpoint: note, successions: [] }, logs);
  if ("problem" in checkpoint) {
    sayUnbelieved(service, terminal, { zh: checkpoint.problem, en: checkpoint.problem });
    return undefined;
  }
  const { origin, size, root } = checkpoint;
  return { origin, size, root: `sha-256:${hexOf(root)}` };
}

async function checkpointOf(service: ServiceConnection): Promise<string | undefined> {
  try {
    return await service.readText("/v1/audit/checkpoint");
  } catch (cause) {
    // A log that cannot go on must not keep officers from asking for what mends it.
    if (cause instanceof CommandFailure) return undefined;
    throw cause;
  }
}

function sayUnbelieved(
  { name }: ServiceConnection,
  terminal: Terminal,
  why: { readonly zh: string; readonly en: string },
): void {
  terminal.say(
    terminal.language === "zh"
      ? `注意：申请不绑定 ${name} 的审计日志（${why.zh}）。核查：yinxin audit verify；日志换过密钥时：yinxin audit trust`
      : `note: the request is not bound to the audit log of ${name} (${why.en}). See yinxin audit verify; if its key was rotated, yinxin audit trust`,
  );
}
