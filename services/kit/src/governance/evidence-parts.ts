import { encodeNoteKey } from "@yinxin/crypto/tlog";

import type { Approvals } from "../approval-store/index.ts";
import type { AuditCatalogue, JsonValue } from "../audit/index.ts";
import type { EvidenceRoutesDeps } from "../evidence/index.ts";
import type { Rotations } from "../rotations/index.ts";
import type { OpenedGovernance } from "./opened-governance.ts";

interface Parts {
  readonly approvals: Approvals;
  readonly rotations: Rotations;
}

/** What the evidence of this service is made of. */
export function evidenceSources<Schema, Catalogue extends AuditCatalogue>(
  opened: OpenedGovernance<Schema, Catalogue>,
  { approvals, rotations }: Parts,
): EvidenceRoutesDeps<Schema> {
  const { db, trail, rings, auditLog, clock, config } = opened;
  return {
    ...{ db, rings, auditLog, clock, approvals, rotations },
    trail: trail.kit,
    folder: config.AUDIT_FOLDER,
    origin: config.AUDIT_ORIGIN,
    configuration: () => configurationOf(opened, { approvals, rotations }),
  };
}

/** Member by member, so that a secret gets in only if somebody writes its name here. */
function configurationOf<Schema, Catalogue extends AuditCatalogue>(
  { service, config, files }: OpenedGovernance<Schema, Catalogue>,
  { approvals, rotations }: Parts,
): JsonValue {
  const { trust, witnesses, witnessed, alarms } = files;
  return {
    service,
    audit_origin: config.AUDIT_ORIGIN,
    ...(trust && { deployment: trust.deployment, policy_genesis: trust.policy_genesis, logs: trust.logs }),
    witnesses: witnesses.map(({ url, vkey }) => ({ url, vkey: encodeNoteKey(vkey) })),
    witness_of: witnessed?.logs.map(({ origin }) => origin) ?? [],
    operations: approvals.operations().map(({ name }) => name),
    plans: [...rotations.definitions.values()].map(({ name, steps }) => {
      return { name, steps: steps.map((step) => step.name) };
    }),
    alarm_channels: Object.keys(alarms).filter((name) => name === "mail" || name === "webhook"),
  };
}
