import { verifyChangeExport, verifyPolicyChain, changeExportSchema } from "@yinxin/service-kit/approvals";
import type {
  ChangeExport,
  ChangeVerification,
  GovernanceTrust,
  OfficerRevocation,
  OpenPolicy,
} from "@yinxin/service-kit/approvals";

import { findAmongServices } from "../officer/index.ts";
import type { OfficerSession, ServiceConnection } from "../officer/index.ts";
import { CommandFailure, UsageError } from "../terminal/index.ts";
import type { ChangeRow } from "./change-wire.ts";
import { changeListSchema, changeReplySchema } from "./change-wire.ts";

/** A change that was checked here: what it says is what was signed, whatever the service says. */
export interface HeldChange {
  readonly id: string;
  readonly exported: ChangeExport;
  readonly verification: ChangeVerification;
  /** The officers under whose policy it is; undefined where the policies do not hold. */
  readonly policy: OpenPolicy | undefined;
}

export interface FoundChange extends HeldChange {
  readonly service: ServiceConnection;
  /** As the service has it: waiting, ready, executed, rejected, expired. */
  readonly state: string;
  /** Why it is over, as the service says; absent where it is not, or was done or rejected. */
  readonly endedBy?: string;
  readonly uses: number;
}

/** What is in an export, judged by the trust file alone. @throws CommandFailure `change-malformed` */
export function holdChange(
  exported: unknown,
  trust: GovernanceTrust,
  revocation?: OfficerRevocation,
): HeldChange {
  const parsed = changeExportSchema.safeParse(exported);
  const verification = verifyChangeExport(exported, trust, { ...(revocation && { revocation }) });
  if (!parsed.success || verification.request === undefined) {
    const detail = verification.checks.find(({ result }) => result === "failed")?.detail ?? "";
    throw new CommandFailure("change-malformed", {
      zh: `这不是可读的变更申请。${detail}`,
      en: `This is no change that can be read. ${detail}`,
    });
  }
  const chain = verifyPolicyChain(parsed.data.policies, trust);
  return {
    id: verification.request.id,
    exported: parsed.data,
    verification,
    policy: chain.isValid ? chain.policies.at(-1) : undefined,
  };
}

/** @throws UsageError for what cannot be the identifier of a change. */
export function readChangeId(text: string): string {
  if (/^chg_[0-9A-Za-z]{16,40}$/.test(text)) return text;
  throw new UsageError(`${text} is no change: their identifiers begin with chg_ (yinxin approvals list).`);
}

/** The change, wherever it is. @throws CommandFailure `change-not-found`, and what services say. */
export async function findChange(session: OfficerSession, id: string): Promise<FoundChange> {
  const { answer } = await findAmongServices(session.services(), {
    what: { zh: "变更", en: "change" },
    name: id,
    code: "change-not-found",
    absent: ["change-not-found"],
    list: "yinxin approvals list",
    find: (service) => readChange(session, service, id),
  });
  return answer;
}

/** A change at this service, judged here. @throws CommandFailure `change-not-believed`, and what the service says. */
export async function readChange(
  session: Pick<OfficerSession, "trust">,
  service: ServiceConnection,
  id: string,
): Promise<FoundChange> {
  const path = `/v1/changes/${encodeURIComponent(id)}`;
  const { change, export: exported } = await service.send({ method: "GET", path, reply: changeReplySchema });
  const held = holdChange(exported, await session.trust());
  if (held.id === id && held.verification.request?.service === service.name)
    return {
      ...held,
      ...{ service, state: change.state, uses: change.uses },
      ...(change.ended_by !== undefined && { endedBy: change.ended_by }),
    };
  throw new CommandFailure("change-not-believed", {
    zh: `服务 ${service.name} 给出的是另一项变更 ${held.id}。`,
    en: `The service ${service.name} showed another change, ${held.id}.`,
  });
}

/** Changes of one service, newest first as it lists them. */
export async function listChanges(
  service: ServiceConnection,
  state: string | undefined,
): Promise<readonly ChangeRow[]> {
  const query = state === undefined ? "" : `?state=${encodeURIComponent(state)}`;
  const path = `/v1/changes${query}`;
  const { changes } = await service.send({ method: "GET", path, reply: changeListSchema });
  return changes;
}
