import type { PdfPage, Rectangle } from "./page-tree.ts";
import { PdfError } from "./pdf-error.ts";

/** A box on the page as it is displayed: millimetres from its top left corner, to the right and down. */
export interface DisplayedBox {
  readonly xMm: number;
  readonly yMm: number;
  readonly widthMm: number;
  readonly heightMm: number;
}

/** Where a box lies in default user space, and how its content is turned to stand upright on the displayed page. */
export interface Placement {
  readonly rectangle: Rectangle;
  /** Size of the upright content in user space units. */
  readonly width: number;
  readonly height: number;
  /** Of the appearance (ISO 32000-1 §12.5.5): turns the content against the page's /Rotate, corner at the origin. */
  readonly matrix: readonly [number, number, number, number, number, number];
}

/** Millimetres are typed in and computed; a hundredth of one is no protrusion. */
const toleranceMm = 0.01;

/**
 * Carries a box from the displayed page to default user space, through /Rotate, the crop box and /UserUnit.
 *
 * @throws PdfError `placement-outside-page` unless the box has an area and lies on the page.
 */
export function placeOnPage(page: PdfPage, box: DisplayedBox): Placement {
  if (!liesOnPage(page, box)) {
    const size = `${page.widthMm.toFixed(1)} × ${page.heightMm.toFixed(1)} mm`;
    throw new PdfError("placement-outside-page", `the seal does not lie on the page of ${size}`);
  }
  const right = box.xMm / page.unitMm;
  const down = box.yMm / page.unitMm;
  const width = box.widthMm / page.unitMm;
  const height = box.heightMm / page.unitMm;
  const [x0, y0, x1, y1] = page.cropBox;
  // The displayed top left corner is the user space corner named in each line; /Rotate turns clockwise.
  switch (page.rotation) {
    case 0: // top left
      return {
        rectangle: [x0 + right, y1 - down - height, x0 + right + width, y1 - down],
        width,
        height,
        matrix: [1, 0, 0, 1, 0, 0],
      };
    case 90: // bottom left
      return {
        rectangle: [x0 + down, y0 + right, x0 + down + height, y0 + right + width],
        width,
        height,
        matrix: [0, 1, -1, 0, height, 0],
      };
    case 180: // bottom right
      return {
        rectangle: [x1 - right - width, y0 + down, x1 - right, y0 + down + height],
        width,
        height,
        matrix: [-1, 0, 0, -1, width, height],
      };
    case 270: // top right
      return {
        rectangle: [x1 - down - height, y1 - right - width, x1 - down, y1 - right],
        width,
        height,
        matrix: [0, -1, 1, 0, 0, width],
      };
  }
}

/** Written so that a value that is not a number fails. */
function liesOnPage(page: PdfPage, box: DisplayedBox): boolean {
  return (
    box.widthMm > 0 &&
    box.heightMm > 0 &&
    box.xMm >= -toleranceMm &&
    box.yMm >= -toleranceMm &&
    box.xMm + box.widthMm <= page.widthMm + toleranceMm &&
    box.yMm + box.heightMm <= page.heightMm + toleranceMm
  );
}
