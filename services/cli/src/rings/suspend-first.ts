import { executeChange, proposeChange } from "../approvals/index.ts";
import type { WantedAtService } from "../approvals/index.ts";
import type { OfficerSession } from "../officer/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { findRing } from "./read-key-rows.ts";

/**
 * Stops the key before anything is asked of a second officer: the longest part of a compromise is waiting for people. A version that
 * does not sign anyway is left as it is.
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
