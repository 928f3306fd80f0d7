import type { DerElement } from "../der/index.ts";
import { CmsError } from "./cms-error.ts";
import type { CmsQuirk, CmsQuirkCode } from "./signed-data.ts";

/** One SignedData being read: what of CMS itself was tolerated, beside the departures from DER. */
export interface CmsReading {
  readonly quirks: readonly CmsQuirk[];
  /** @throws CmsError `cms-format` under the profile `strict` */
  tolerate(code: CmsQuirkCode, offset: number, message: string): void;
}

export function createCmsReading(root: DerElement): CmsReading {
  const quirks: CmsQuirk[] = [];
  return {
    quirks,
    tolerate: (code, offset, message) => {
      if (root.reading.profile === "strict") {
        throw new CmsError("cms-format", `${message} (at byte ${String(offset)})`);
      }
      quirks.push({ code, offset });
    },
  };
}
