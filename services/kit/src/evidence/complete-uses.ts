import type { Rotations } from "../rotations/index.ts";
import type { CompleteUses, EvidenceQuery } from "./evidence-manifest.ts";
import { signatureListSchema } from "./verify-uses.ts";

/** What can be claimed of a compromise: nothing before its list is made, if the list is not complete, or if a time narrows it. */
export async function completeUsesOf(
  rotations: Pick<Rotations, "find">,
  { plan: id, since, until }: EvidenceQuery,
): Promise<CompleteUses | undefined> {
  const plan = id === undefined ? undefined : await rotations.find(id);
  if (plan?.oldVersion === undefined || since !== undefined || until !== undefined) return undefined;
  const step = plan.steps.find((each) => each.do === "list-signatures");
  const list = signatureListSchema.safeParse(step?.result).data;
  if (list?.is_complete !== true) return undefined;
  return { plan: plan.id, purpose: plan.purpose, version: plan.oldVersion, count: list.counted_in_all };
}
