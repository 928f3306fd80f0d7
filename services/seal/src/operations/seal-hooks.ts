import { revokeLostKey } from "@yinxin/service-kit/enrolment";
import type { StepHook } from "@yinxin/service-kit/rotations";

import { makerRing, sealOfRing } from "../domain/seal-rings.ts";
import type { OpenMakerDeps } from "./open-maker.ts";
import { certifyHook, closeOldHook, findSeal, reissueFor, reissueHook } from "./owner-hooks.ts";
import { reissueSeals } from "./reissue-seals.ts";
import { testSealsHook } from "./test-seals.ts";
import type { TestSealsDeps } from "./test-seals.ts";

/**
 * What this service does in the plans of its rings: certificates for new keys of owners and of the maker, and seals made again
 * for them, one or all.
 */
export function sealHooks(deps: TestSealsDeps): Readonly<Record<string, StepHook>> {
  const certify = certifyHook(deps);
  return {
    "seal-owner.certify": certify,
    "seal-owner.re-issue": reissueHook(deps),
    "seal-owner.close-old": closeOldHook(deps),
    "seal-owner.self-test": testSealsHook(deps),
    "seal-maker.certify": certify,
    "seal-maker.re-issue": batchHook(deps),
    "seal-maker.self-test": testSealsHook(deps),
    "stand-by.certify": certify,
    "compromise.certify": certify,
    "compromise.revoke": revokeLostKey(deps.authority),
    "compromise.re-issue": reissueAfterCompromiseHook(deps),
    "compromise.self-test": testSealsHook(deps),
  };
}

/** Every seal of the old maker's key, made again; a run that is killed goes on where it was. */
function batchHook(deps: OpenMakerDeps): StepHook {
  return {
    run: async (context) => {
      const reissued = await reissueSeals(deps, {
        signal: context.signal,
        onProgress: (done) => context.remember({ reissued: done }),
      });
      return { reissued };
    },
    check: async ({ next }) => {
      const left = await deps.store.countOfOtherMakers(next.version);
      if (left > 0) throw new Error(`${String(left)} seals are still those of another maker's key`);
    },
    affected: async (purpose) => {
      const active = (await deps.rings.versions(purpose)).findLast(({ state }) => state === "active");
      // All that are bound to the key that is to go: as many as are not bound to the one after it.
      const count = await deps.store.countOfOtherMakers((active?.version ?? 0) + 1);
      return [{ what: { zh: "将重新制作的印章（枚）", en: "seals to be made again" }, count }];
    },
  };
}

/** Versions for the lost key are closed by its invalidity date, at once. */
function reissueAfterCompromiseHook(deps: OpenMakerDeps): StepHook {
  return {
    run: async ({ old, next, at, signal }) => {
      if (next.purpose === makerRing) return { reissued: await reissueSeals(deps, { signal }) };
      const id = sealOfRing(next.purpose);
      if (id === undefined) return null;
      await reissueFor(deps, await findSeal(deps, id), next, old?.invalidFrom ?? at);
      return { reissued: 1 };
    },
  };
}
