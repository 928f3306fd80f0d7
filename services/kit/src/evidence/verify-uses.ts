import { textOfUtf8 } from "@yinxin/crypto/bytes";
import { z } from "zod";

import type { CompleteUses, EvidenceService } from "./evidence-manifest.ts";
import { planDocumentName, planName, serviceFolder, serviceMembers } from "./evidence-members.ts";
import type { EvidenceEvent } from "./evidence-members.ts";
import type { EvidenceChecks } from "./evidence-report.ts";
import type { EvidenceMembers } from "./evidence-zip.ts";
import { jsonOf } from "./verify-manifest.ts";

const count = z.int().min(0);
/** What a compromise's list of signatures says of itself. */
export const signatureListSchema = z.object({
  signatures: count,
  listed_in_all: count,
  counted_in_all: count,
  is_complete: z.boolean(),
  documents: z.array(z.string()),
});
const planSchema = z.object({
  purpose: z.string(),
  old_version: z.int().optional(),
  steps: z.array(z.object({ do: z.string(), result: z.unknown().optional() })),
});
const inventorySchema = z.object({
  versions: z.array(z.object({ purpose: z.string(), version: z.int(), signatures: count })),
});
const lineSchema = z.object({ index: z.int(), action: z.string(), subject: z.string(), actor: z.string() });

/**
 * Where a package claims it: every use of one version of a key is among the events, as many as the version's counter says, and
 * every line of the compromise's list is one of them.
 */
export function checkUses(
  { name, complete_uses: claim }: EvidenceService,
  events: readonly EvidenceEvent[],
  members: EvidenceMembers,
  checks: EvidenceChecks,
): void {
  if (claim === undefined) return;
  const folder = serviceFolder(name);
  const problem = usesProblem(claim, folder, events, members);
  const detail = `All ${String(claim.count)} signatures of ${claim.purpose} v${String(claim.version)} are here.`;
  checks.add("uses-complete", `${folder}${planName(claim.plan)}`, problem === undefined, problem ?? detail);
}

function usesProblem(
  claim: CompleteUses,
  folder: string,
  events: readonly EvidenceEvent[],
  members: EvidenceMembers,
): string | undefined {
  const { purpose, version, count: claimed } = claim;
  const uses = events.filter(({ key }) => key?.purpose === purpose && key.version === version);
  if (uses.length !== claimed)
    return `${String(uses.length)} uses are here, and ${String(claimed)} are claimed.`;
  const counter = counterOf(jsonOf(members.get(`${folder}${serviceMembers.keyRings}`)), purpose, version);
  if (counter !== undefined && counter !== claimed) return `The key's counter says ${String(counter)}.`;
  const list = listOf(claim, jsonOf(members.get(`${folder}${planName(claim.plan)}`)));
  if (list === undefined) return "The plan is not there, or is about another key.";
  if (!list.is_complete || list.counted_in_all !== claimed)
    return "The plan's own list does not claim to be complete.";
  const places = new Map(uses.map((event) => [event.index, event]));
  const lines = list.documents.flatMap((document) =>
    linesOf(members.get(`${folder}${planDocumentName(claim.plan, document)}`)),
  );
  const isListed = lines.length === list.signatures && lines.every((line) => isUse(line, places));
  return isListed ? undefined : "The list of signatures is not that of the events.";
}

/** What the plan says of its list, if it is about this key. */
function listOf(
  { purpose, version }: CompleteUses,
  json: unknown,
): z.output<typeof signatureListSchema> | undefined {
  const plan = planSchema.safeParse(json).data;
  if (plan?.purpose !== purpose || plan.old_version !== version) return undefined;
  const step = plan.steps.find((each) => each.do === "list-signatures");
  return signatureListSchema.safeParse(step?.result).data;
}

/** Undefined if the version is long gone, and no longer in the inventory. */
function counterOf(inventory: unknown, purpose: string, version: number): number | undefined {
  const { versions = [] } = inventorySchema.safeParse(inventory).data ?? {};
  return versions.find((each) => each.purpose === purpose && each.version === version)?.signatures;
}

function linesOf(bytes: Uint8Array | undefined): readonly unknown[] {
  try {
    return textOfUtf8(bytes ?? new Uint8Array())
      .split("\n")
      .filter((line) => line !== "")
      .map((line): unknown => JSON.parse(line));
  } catch {
    return [undefined];
  }
}

function isUse(line: unknown, places: ReadonlyMap<number, EvidenceEvent>): boolean {
  const { data } = lineSchema.safeParse(line);
  const event = data && places.get(data.index);
  if (data === undefined || event === undefined) return false;
  return event.action === data.action && event.subject === data.subject && event.actor === data.actor;
}
