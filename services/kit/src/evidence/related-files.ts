import { canonicalBytes } from "../approvals/canonical-document.ts";
import type { Approvals } from "../approval-store/index.ts";
import { isRefusal, refuse } from "../problems/index.ts";
import { planOnWire } from "../rotations/plan-routes.ts";
import type { Rotations } from "../rotations/index.ts";
import type { EvidenceQuery } from "./evidence-manifest.ts";
import { changeName, leavesOfLines, planDocumentName, planName } from "./evidence-members.ts";
import type { EvidenceEvent } from "./evidence-members.ts";
import { changeNamedBy } from "./verify-changes.ts";

/** What belongs to the events of one part; a part that names more is to be asked for in smaller ranges. */
const relatedMax = 2000;
/** The documents of one part, lists of signatures mostly. */
const documentBytesMax = 32 * 1024 * 1024;

export interface RelatedSources {
  readonly approvals: Pick<Approvals, "exportChange">;
  readonly rotations: Pick<Rotations, "find" | "documents" | "document">;
}

/**
 * Whole exports of the changes that these events or the query name, and their plans with documents. A change that the service
 * does not have is left out: whoever verifies will miss it.
 *
 * @param more further changes, by id
 * @throws Refusal `evidence-too-large`
 */
export async function relatedFiles(
  { approvals, rotations }: RelatedSources,
  query: EvidenceQuery,
  leaves: readonly Uint8Array[],
  more: readonly string[],
): Promise<[string, Uint8Array][]> {
  const events = leaves.flatMap((leaf) => leavesOfLines(leaf)).flatMap(({ event }) => event ?? []);
  const plans = distinct([query.plan, ...events.map(planNamedBy)]);
  const changes = distinct([query.change, ...events.map(changeNamedBy), ...more]);
  if (plans.length + changes.length > relatedMax) throw tooLarge();
  const files: [string, Uint8Array][] = [];
  for (const id of changes) {
    const exported = await exportOrNothing(approvals, id);
    if (exported !== undefined) files.push([changeName(id), exported]);
  }
  let room = documentBytesMax;
  for (const id of plans) {
    for (const file of await planFiles(rotations, id)) {
      files.push(file);
      room -= file[1].length;
    }
    if (room < 0) throw tooLarge();
  }
  return files;
}

function distinct(names: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(names.flatMap((each) => each ?? []))];
}

function planNamedBy({ detail: { plan } }: EvidenceEvent): string | undefined {
  return typeof plan === "string" ? plan : undefined;
}

async function exportOrNothing(
  approvals: RelatedSources["approvals"],
  id: string,
): Promise<Uint8Array | undefined> {
  try {
    return canonicalBytes(await approvals.exportChange(id));
  } catch (cause) {
    if (isRefusal(cause) && cause.code === "change-not-found") return undefined;
    throw cause;
  }
}

async function planFiles(
  rotations: RelatedSources["rotations"],
  id: string,
): Promise<[string, Uint8Array][]> {
  const plan = await rotations.find(id);
  if (plan === undefined) return [];
  const files: [string, Uint8Array][] = [[planName(id), canonicalBytes(planOnWire(plan))]];
  for (const { name } of await rotations.documents(id)) {
    const document = await rotations.document(id, name);
    if (document !== undefined) files.push([planDocumentName(id, name), document.content]);
  }
  return files;
}

function tooLarge(): Error {
  return refuse("evidence-too-large", {
    zh: "这一段涉及的变更或计划过多，请缩小时间范围。",
    en: "The events name too many changes or plans; ask for a shorter time.",
  });
}
