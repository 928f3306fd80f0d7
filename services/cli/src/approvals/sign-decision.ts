import { base64Of } from "@yinxin/crypto/bytes";
import { canonicalBytes, certificateDigestOf, signStatement } from "@yinxin/service-kit/approvals";
import type { ApprovalStatement, OpenPolicy, Signatory } from "@yinxin/service-kit/approvals";

import { exitCodes } from "../exit-codes.ts";
import type { OfficerKey } from "../keys/officer-key.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { HeldChange } from "./held-change.ts";

/** What is sent to a service, or carried to one on a stick. */
export interface SignedDecision {
  /** Base64, both. */
  readonly statement: string;
  readonly signature: string;
}

/** Who this key is under the policy. @throws CommandFailure `officer-not-appointed` */
export function signatoryOf(key: OfficerKey, policy: OpenPolicy | undefined): Signatory {
  const mine = certificateDigestOf(key.certificate);
  const found = policy?.signatories.find(({ certificateDigest }) => certificateDigest === mine);
  if (found !== undefined) return found;
  throw new CommandFailure(
    "officer-not-appointed",
    {
      zh: "审批策略中没有这张证书的管理员。",
      en: "The officer policy knows nobody with this certificate.",
    },
    {
      exitCode: exitCodes.notAllowed,
      next: {
        zh: "用 --as 或 --officer-key 换一位管理员。",
        en: "Choose another officer: --as or --officer-key",
      },
    },
  );
}

/** What is refused before a key is touched; the service refuses it as well. @throws CommandFailure */
export function refuseHopeless(
  change: HeldChange,
  signatory: Signatory,
  decision: Decision["decision"] = "approve",
): void {
  const { verification } = change;
  const refuse = (code: string, zh: string, en: string): never => {
    throw new CommandFailure(code, { zh, en }, { exitCode: exitCodes.notAllowed });
  };
  if (verification.verdict === "refused")
    refuse(
      "change-not-believed",
      "这项变更未通过核对，不能签署。",
      "This change does not hold; nothing was signed.",
    );
  const own = verification.signatures.find(({ decision: made }) => made === "propose");
  const isOwn = own?.person === signatory.person;
  // Whoever asked may take it back, whatever their role.
  if (isOwn && decision === "reject") return;
  if (signatory.role !== "security-officer" && signatory.role !== "break-glass")
    refuse("role-not-permitted", "只有安全管理员可以批准。", "Only security officers approve.");
  if (isOwn) refuse("approval-own-request", "您不能批准自己的申请。", "You cannot approve your own request.");
  const earlier = verification.signatures.find(
    ({ decision: made, person }) => made !== "propose" && person === signatory.person,
  );
  if (earlier !== undefined)
    refuse("approval-person-counted", "您已对这项变更作出决定。", "You have decided on this change already.");
}

export interface Decision {
  readonly decision: ApprovalStatement["decision"];
  readonly comment?: string;
  readonly at: Date;
}

/** An officer's decision on exactly this request, signed with their key. */
export async function signDecision(
  change: HeldChange,
  key: OfficerKey,
  signatory: Signatory,
  { decision, comment, at }: Decision,
): Promise<SignedDecision> {
  const { digest } = change.verification;
  if (digest === undefined) throw new Error("a change that could not be read is decided on");
  const statement: ApprovalStatement = {
    type: "yinxin-approval",
    request: digest,
    decision,
    officer: signatory.id,
    at: at.toISOString(),
    ...(comment === undefined ? {} : { comment }),
  };
  const bytes = canonicalBytes(statement);
  const chain = change.policy?.intermediates ?? [];
  const signature = await signStatement(
    { signer: key.signer, certificate: key.certificate, chain },
    bytes,
    at,
  );
  return { statement: base64Of(bytes), signature: base64Of(signature) };
}
