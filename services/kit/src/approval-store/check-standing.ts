import { judgeOfficer } from "../approvals/index.ts";
import type { OpenPolicy } from "../approvals/index.ts";
import { refuse } from "../problems/index.ts";
import type { ApprovalDeps } from "./approval-deps.ts";

/**
 * Holds the certificates of those who act now, or whose signatures something is done by, against the deployment's revocation lists; where
 * it has none, nothing is asked. A list that is stale or missing holds up everything but what stops something.
 *
 * @throws Refusal `officer-certificate-revoked`, `officer-revocation-unknown`
 */
export async function checkStanding(
  { crls: read }: Pick<ApprovalDeps, "crls">,
  { signatories, intermediates, anchors }: OpenPolicy,
  officers: readonly string[],
  { at, isStop }: { readonly at: Date; readonly isStop: boolean },
): Promise<void> {
  if (read === undefined) return;
  const crls = await read();
  for (const { id, certificate } of signatories) {
    if (!officers.includes(id)) continue;
    const { standing, detail } = judgeOfficer({ certificate, intermediates, anchors }, at, { crls, now: at });
    if (standing === "revoked") throw certificateRevoked(id);
    if (standing === "unknown" && !isStop)
      throw refuse("officer-revocation-unknown", {
        zh: `无法确认 ${id} 的证书未被吊销（${detail}）。`,
        en: `It cannot be told whether the certificate of ${id} is revoked (${detail})`,
      });
  }
}

/** An officer whose certificate is on a revocation list. */
function certificateRevoked(id: string): Error {
  return refuse("officer-certificate-revoked", {
    zh: `${id} 的证书已被吊销。`,
    en: `The certificate of ${id} is revoked.`,
  });
}
