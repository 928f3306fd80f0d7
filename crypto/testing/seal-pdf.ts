import { openPdf, preparePdfSeal } from "../src/pdf/index.ts";
import type { PdfSealRequest } from "../src/pdf/index.ts";
import { sealPicture } from "./build-png.ts";

/** A DER value of the given size in all: an OCTET STRING in a SEQUENCE, with every hexadecimal digit in it. */
export function someDerValue(size = 300): Uint8Array {
  const value = Uint8Array.from({ length: size }, (_, index) => (index * 0x1b) & 0xff);
  value.set([0x30, 0x82, (size - 4) >> 8, (size - 4) & 0xff, 0x04, 0x82, (size - 8) >> 8, (size - 8) & 0xff]);
  return value;
}

/** A request that fits the page of `onePagePdf`, 70.6 by 35.3 mm. */
export function sealRequest(changes: Partial<PdfSealRequest> = {}): PdfSealRequest {
  return {
    pageIndex: 0,
    xMm: 40,
    yMm: 5,
    widthMm: 20,
    heightMm: 20,
    picture: sealPicture(12),
    sealName: "云岭市行政审批局（测试）",
    signedAt: new Date("2026-11-21T02:02:11Z"),
    contentsBytes: 320,
    ...changes,
  };
}

/** Seals with a value that is well-formed and means nothing. */
export function sealPdf(pdf: Uint8Array, changes: Partial<PdfSealRequest> = {}): Uint8Array {
  return preparePdfSeal(openPdf(pdf), sealRequest(changes)).complete(someDerValue());
}
