import { roundMm } from "./box.ts";
import { OfdError } from "./ofd-error.ts";
import type { Box, OfdPage, OfdStamp } from "./ofd-package.ts";

/** One page that shows the seal, and where on it. */
export interface Placement {
  /** Counts the pages of the package from 0. */
  readonly pageIndex: number;
  /** The whole seal in millimetres, origin at the top left of the page. */
  readonly boundary: Box;
}

/** Sums of decimal millimetres miss by a few units in the last place; a micrometre outside is not outside. */
const toleranceMm = 0.001;

/**
 * Resolves placements to stamps, which must lie on the pages whole.
 *
 * @throws OfdError `page-not-found` if there is no such page, no placement at all, or pages of two documents (each has a
 * list of signatures of its own); `placement-outside-page`
 */
export function placeStamps(
  pages: readonly OfdPage[],
  placements: readonly Placement[],
): { readonly documentIndex: number; readonly placed: readonly Omit<OfdStamp, "id">[] } {
  const found = placements.map(({ pageIndex }) => pageAt(pages, pageIndex));
  const first = found[0];
  if (first === undefined) throw new OfdError("page-not-found", "no page is given");
  if (found.some(({ documentIndex }) => documentIndex !== first.documentIndex)) {
    throw new OfdError("page-not-found", "the pages belong to different documents of the package");
  }
  const placed = placements.map(({ pageIndex, boundary }) => placeOn(pageAt(pages, pageIndex), boundary));
  return { documentIndex: first.documentIndex, placed };
}

function pageAt(pages: readonly OfdPage[], pageIndex: number): OfdPage {
  const page = pages[pageIndex];
  if (page !== undefined) return page;
  const count = String(pages.length);
  throw new OfdError("page-not-found", `page ${String(pageIndex + 1)} of a document with ${count} pages`);
}

function placeOn(page: OfdPage, { x, y, width, height }: Box): Omit<OfdStamp, "id"> {
  const isInside =
    x >= 0 &&
    y >= 0 &&
    width >= toleranceMm &&
    height >= toleranceMm &&
    x + width <= page.widthMm + toleranceMm &&
    y + height <= page.heightMm + toleranceMm;
  if (!isInside) {
    const size = `${String(page.widthMm)} × ${String(page.heightMm)} mm`;
    throw new OfdError("placement-outside-page", `the seal does not lie on the page of ${size}`, page.part);
  }
  const boundary = { x: roundMm(x), y: roundMm(y), width: roundMm(width), height: roundMm(height) };
  return { pageId: page.id, boundary };
}
