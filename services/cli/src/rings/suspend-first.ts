import { executeChange, proposeChange } from "../approvals/index.ts";
import type { WantedAtService } from "../approvals/index.ts";
import type { OfficerSession } from "../officer/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { findRing } from "./read-key-rows.ts";

/**
 * Stops the key before anything is asked of a second officer: the longest part of a compromise is waiting for people. A version that
 * does not sign anyway is left as it is; of one that verifiers still believe it is said what one officer can do.
 */
export async function suspendFirst(
  call: { readonly terminal: Terminal; readonly values: { readonly reason?: string | undefined } },
  session: OfficerSession,
  { service, target, parameters }: WantedAtService,
): Promise<void> {
  const { terminal } = call;
  const { versions } = (await findRing(session, target)).told;
  const version = typeof parameters["version"] === "number" ? parameters["version"] : undefined;
  const active = versions.find(({ state }) => state === "active");
  const stays = versions.find((each) => each.version === version && each.state === "retiring");
  if (stays !== undefined) sayThatItStays(terminal, target, stays.version);
  if (active === undefined || (version !== undefined && version !== active.version)) return;
  const change = await proposeChange(session, terminal, {
    service,
    operation: "key.suspend",
    target,
    parameters: version === undefined ? {} : { version },
    reason: call.values.reason ?? "",
  });
  await executeChange(session, change, { terminal, isJson: false, waits: false });
}

/** A key that signs no more is still served and believed, and an authority's still signs its lists: one officer can only stop what the ring signs. */
function sayThatItStays({ language, say }: Terminal, purpose: string, version: number): void {
  const next = `yinxin freeze key:${purpose} --reason TEXT`;
  say(
    language === "zh"
      ? `⚠ ${purpose} v${String(version)} 正在停签：它没有被挂起，在另一位管理员批准之前仍被公布和采信。一位管理员只能冻结整个密钥环，使它不再签任何东西：\n  → ${next}`
      : `⚠ ${purpose} v${String(version)} is retiring: nothing was suspended, and it is served and believed until another officer approves. One officer can only freeze the ring, so that nothing is signed with any version of it:\n  → ${next}`,
  );
}
