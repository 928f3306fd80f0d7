import type { SealId } from "../domain/seal.ts";
import type { SealStore } from "./seal-store.ts";

/** Whether there is such a seal, or a unit that has one: freezing a mistyped id would stop nothing and look like success. */
export async function knowsScope(
  store: Pick<SealStore, "find" | "list">,
  scope: `${string}:${string}`,
): Promise<boolean> {
  const [kind, id] = [scope.slice(0, scope.indexOf(":")), scope.slice(scope.indexOf(":") + 1)];
  if (kind === "seal") return (await store.find(id as SealId)) !== undefined;
  return kind === "unit" && (await store.list({ organizationId: id, limit: 1 })).length > 0;
}
