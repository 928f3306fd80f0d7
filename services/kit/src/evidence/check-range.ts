import { isWholeRange } from "./evidence-manifest.ts";
import type { EvidenceManifest, EvidenceService } from "./evidence-manifest.ts";
import { serviceFolder } from "./evidence-members.ts";
import type { EvidenceEvent } from "./evidence-members.ts";
import type { EvidenceChecks, ServiceEvidence } from "./evidence-report.ts";

/** What is proved of a log when its range is judged. */
interface ProvenRange {
  readonly events: readonly EvidenceEvent[];
  readonly witnesses: ServiceEvidence["witnesses"];
}

/** Whether no event of what was asked for is missing, where the package claims so. */
export function checkRange(
  { name, complete, checkpoint_size: size }: EvidenceService,
  { query, made_at }: Pick<EvidenceManifest, "query" | "made_at">,
  proven: ProvenRange,
  checks: EvidenceChecks,
): void {
  const { events } = proven;
  const where = `${serviceFolder(name)}events`;
  if (complete === undefined) {
    const wanted = isWholeRange(query) ? "failed" : "noted";
    checks.add(
      "range-complete",
      where,
      wanted,
      "The events were chosen by what they say; that none is missing is not claimed.",
    );
    return;
  }
  const { from, to } = complete;
  const inside = events.filter(({ index }) => index >= from && index < to).length;
  const detail = `${String(inside)} of the ${String(to - from)} events from ${String(from)} to ${String(to - 1)} are here.`;
  checks.add("range-complete", where, to >= from && to <= size && inside === to - from, detail);
  if (!isWholeRange(query)) return;
  checkBounds(where, query, { from, to, size, events }, checks);
  if (to === size) noteEnd(where, { ...query, made_at }, proven, checks);
}

/** A range covers a time if the event at each end lies beyond it, or the log has none there. */
function checkBounds(
  where: string,
  { since, until, from_index: fromIndex, to_index: toIndex }: EvidenceManifest["query"],
  range: { from: number; to: number; size: number; events: readonly EvidenceEvent[] },
  checks: EvidenceChecks,
): void {
  const { from, to, size, events } = range;
  const first = events.find(({ index }) => index === from);
  const last = events.find(({ index }) => index === to - 1);
  const timeOf = (event: EvidenceEvent | undefined): number => Date.parse(event?.occurred_at ?? "");
  const coversBegin =
    from === 0 ||
    (fromIndex !== undefined ? from <= fromIndex : since !== undefined && timeOf(first) < Date.parse(since));
  const coversEnd =
    to === size ||
    (toIndex !== undefined ? to >= toIndex : until !== undefined && timeOf(last) >= Date.parse(until));
  const detail =
    coversBegin && coversEnd
      ? `The log has no event of the time asked for outside ${String(from)}–${String(to - 1)}, unless its clock was set back.`
      : "The range ends before what was asked for does.";
  checks.add("range-times", where, coversBegin && coversEnd, detail);
}

/** A log in use has an event in every hour. */
const quietMilliseconds = 60 * 60 * 1000;

/**
 * Where a range ends with the checkpoint, only the last event and the witnesses say until when that was all of the log: an older
 * checkpoint would hide what came after it.
 */
function noteEnd(
  where: string,
  { until, to_index: toIndex, made_at }: EvidenceManifest["query"] & { readonly made_at: string },
  { events, witnesses }: ProvenRange,
  checks: EvidenceChecks,
): void {
  if (toIndex !== undefined) return;
  const wanted = Math.min(Date.parse(until ?? made_at), Date.parse(made_at));
  const known = [events.at(-1)?.occurred_at, ...witnesses.map(({ at }) => at)].map((at) =>
    Date.parse(at ?? ""),
  );
  const last = Math.max(...known.filter((time) => !Number.isNaN(time)));
  if (last >= wanted - quietMilliseconds) return;
  const when = Number.isFinite(last) ? `after ${new Date(last).toISOString()}` : "at any time";
  const detail = `Nobody saw the log ${when}: that nothing more happened until ${new Date(wanted).toISOString()} is the exporter's word.`;
  checks.add("range-times", where, "noted", detail);
}
