import {
  createAlarms,
  createMailChannel,
  createWebhookChannel,
  findingsOfAltered,
  findingsOfAuditLog,
  findingsOfBreakGlass,
  findingsOfDevice,
  findingsOfDrift,
  findingsOfKeys,
  findingsOfMissingPlans,
  findingsOfOfficers,
  findingsOfPlans,
  findingsOfRates,
  findingsOfRefused,
  findingsOfStopped,
  findingsOfWaiting,
} from "../alarms/index.ts";
import type { AlarmChannel, Alarms, AlarmSource } from "../alarms/index.ts";
import type { Approvals } from "../approval-store/index.ts";
import { unwitnessedSeconds } from "../audit/index.ts";
import type { AuditCatalogue } from "../audit/index.ts";
import { isRefusal } from "../problems/index.ts";
import type { Rotations } from "../rotations/index.ts";
import type { OpenedGovernance } from "./opened-governance.ts";

/** Between two looks. */
const everyMillisecondsMax = 60_000;
/** So often at least within the time after which signing stops: it is told of at the half, which must not be missed. */
const looksPerAbsence = 4;

/** Everything that officers are told of, and by which ways. */
export function openAlarms<Schema, Catalogue extends AuditCatalogue>(
  opened: OpenedGovernance<Schema, Catalogue>,
  parts: { readonly approvals: Approvals; readonly rotations: Rotations },
): Alarms {
  const { db, service, trail, clock, log, randomBytes, metrics, config } = opened;
  const absenceSecondsMax = config.AUDIT_WITNESS_ABSENCE_SECONDS_MAX ?? Infinity;
  return createAlarms({
    ...{ db, service, clock, log, randomBytes },
    ...(metrics && { metrics }),
    everyMilliseconds: Math.min(everyMillisecondsMax, (absenceSecondsMax * 1000) / looksPerAbsence),
    trail: trail.kit,
    sources: sourcesOf(opened, parts),
    channels: channelsOf(opened),
  });
}

function sourcesOf<Schema, Catalogue extends AuditCatalogue>(
  { db, rings, keys, auditLog, config, files }: OpenedGovernance<Schema, Catalogue>,
  { approvals, rotations }: { readonly approvals: Approvals; readonly rotations: Rotations },
): Readonly<Record<string, AlarmSource>> {
  let gapSince: Date | undefined;
  return {
    keys: async (now) => findingsOfKeys(await rings.due(), now),
    drift: async () => findingsOfDrift(await rings.knownDrift()),
    rates: async () => findingsOfRates(await rings.signRates()),
    device: async () => findingsOfDevice(await keys.device()),
    "audit-log": async (now) => {
      const state = await auditLog.state();
      gapSince = state.size > state.checkpointedSize ? (gapSince ?? now) : undefined;
      const origin = config.AUDIT_ORIGIN;
      const isWitnessed = files.witnesses.length > 0;
      const witnessAbsenceSecondsMax = config.AUDIT_WITNESS_ABSENCE_SECONDS_MAX;
      return findingsOfAuditLog(state, {
        ...{ origin, now, isWitnessed },
        ...(gapSince && { gapSince }),
        ...(witnessAbsenceSecondsMax !== undefined && {
          witnessAbsenceSecondsMax,
          unwitnessedSeconds: await unwitnessedSeconds(db, now),
        }),
      });
    },
    plans: async () => findingsOfPlans(await rotations.list({ states: ["stuck", "rolling-back"] })),
    "rings-without-plan": async () => findingsOfMissingPlans(await rotations.problems()),
    ...officerSources(approvals),
    stopped: async () => findingsOfStopped(await rings.suspended(), await rings.freezes()),
    "break-glass": async (now) => findingsOfBreakGlass(await approvals.unreviewed(), now),
  };
}

function officerSources(approvals: Approvals): Readonly<Record<string, AlarmSource>> {
  return {
    "waiting-changes": async (now) =>
      findingsOfWaiting((await ifAppointed(approvals.list({ state: "waiting" }))) ?? [], now),
    "altered-changes": async () => findingsOfAltered((await ifAppointed(approvals.altered())) ?? []),
    "refused-attempts": async () => findingsOfRefused(await approvals.refused()),
    officers: async (now) => {
      const policy = await ifAppointed(approvals.policy());
      return policy === undefined ? [] : findingsOfOfficers(policy, now);
    },
  };
}

/** A deployment begins without officers. */
async function ifAppointed<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (cause) {
    if (isRefusal(cause) && cause.code === "officers-not-appointed") return undefined;
    throw cause;
  }
}

function channelsOf<Schema, Catalogue extends AuditCatalogue>({
  service,
  fetch,
  files: { alarms, webhookSecret, mailPassword, mailAuthorities },
}: OpenedGovernance<Schema, Catalogue>): AlarmChannel[] {
  const channels: AlarmChannel[] = [];
  if (alarms.webhook !== undefined && webhookSecret !== undefined) {
    const { url } = alarms.webhook;
    channels.push(createWebhookChannel({ url, secret: webhookSecret, service, fetch }));
  }
  if (alarms.mail !== undefined) {
    channels.push(
      createMailChannel({
        config: alarms.mail,
        service,
        ...(alarms.quiet_hours && { quietHours: alarms.quiet_hours }),
        ...(mailPassword !== undefined && { password: mailPassword }),
        ...(mailAuthorities !== undefined && { authorities: mailAuthorities }),
      }),
    );
  }
  return channels;
}
