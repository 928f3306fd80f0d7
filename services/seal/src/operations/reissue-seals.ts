import { withMaker } from "./open-maker.ts";
import type { OpenMakerDeps } from "./open-maker.ts";
import { parallelMilliseconds, reissueSeal } from "./reissue-seal.ts";

export interface ReissueSealsOptions {
  /** Aborted when somebody else goes on with the batch. */
  readonly signal?: AbortSignal;
  /** Told now and then how many are done in this run. */
  readonly onProgress?: (done: number) => Promise<void>;
}

/** Read at once; also how often progress is told. */
const pageLength = 50;

/**
 * Makes every seal again that another key of the maker signed: "re-issue 1,240 seals". Each is done in a transaction of its own,
 * so a batch that was killed goes on with what is left, and none is made twice. Seals of the old key stay valid all the while.
 *
 * @returns how many were made in this run.
 */
export async function reissueSeals(
  deps: OpenMakerDeps,
  { signal, onProgress }: ReissueSealsOptions = {},
): Promise<number> {
  let done = 0;
  let after: string | undefined;
  for (;;) {
    const makerKeyVersion = await withMaker(deps, ({ use }) => Promise.resolve(use.version));
    const seals = await deps.store.listOfOtherMakers({
      makerKeyVersion,
      limit: pageLength,
      ...(after !== undefined && { after }),
    });
    for (const seal of seals) {
      if (signal?.aborted === true) return done;
      const closesAt = new Date(deps.clock.now().getTime() + parallelMilliseconds);
      const version = await withMaker(deps, (maker) => reissueSeal(deps, { seal, maker, closesAt }));
      if (version !== undefined) done += 1;
    }
    await onProgress?.(done);
    const last = seals.at(-1);
    if (last === undefined) return done;
    after = last.id;
  }
}
