import { refuse } from "@yinxin/service-kit/problems";

import type { SealFiles, SealId, SealRecord, SealVersionRecord } from "../domain/seal.ts";
import { checkOwner } from "../domain/use-of-seal.ts";
import type { SealUser } from "../domain/use-of-seal.ts";
import type { SealStore } from "./seal-store.ts";

export interface ReadSealDeps {
  readonly store: SealStore;
}

/** One seal. @throws Refusal `seal-not-found`, `seal-not-permitted` */
export async function readSeal({ store }: ReadSealDeps, id: SealId, user: SealUser): Promise<SealRecord> {
  const seal = await store.find(id);
  if (seal === undefined) throw sealNotFound(id);
  checkOwner(seal, user);
  return seal;
}

/** The picture and the seal itself. @throws Refusal `seal-not-found`, `seal-not-permitted` */
export async function readSealFiles(
  deps: ReadSealDeps,
  id: SealId,
  user: SealUser,
): Promise<SealFiles & { readonly code: string }> {
  const { code } = await readSeal(deps, id, user);
  const files = await deps.store.findFiles(id);
  if (files === undefined) throw sealNotFound(id);
  return { ...files, code };
}

/** Every version that the seal had, oldest first. @throws Refusal `seal-not-found`, `seal-not-permitted` */
export async function readSealVersions(
  deps: ReadSealDeps,
  id: SealId,
  user: SealUser,
): Promise<readonly SealVersionRecord[]> {
  await readSeal(deps, id, user);
  return deps.store.versions(id);
}

/** The seals that this user may see, in the order of their codes. */
export async function listSeals(
  { store }: ReadSealDeps,
  user: SealUser,
  page: { readonly after?: string; readonly limit: number },
): Promise<readonly SealRecord[]> {
  return store.list({ ...page, ...(!user.mayUseAny && { organizationId: user.subject }) });
}

/** @returns Refusal `seal-not-found` */
export function sealNotFound(id: SealId): Error {
  return refuse("seal-not-found", `There is no seal ${id}.`);
}
