import { bytesOfLatin1, hexOf, latin1Of } from "../src/bytes/index.ts";
import { openPdf, preparePdfSeal } from "../src/pdf/index.ts";
import { sealRequest, someDerValue } from "./seal-pdf.ts";

/** Room in the file for a message with certificates and a time stamp. */
const contentsBytes = 8192;

/**
 * Puts a signature of another kind where a seal would be: the seal's dictionary under another /SubFilter, with the
 * value that `sign` gives for the signed ranges.
 */
export async function signPdf(
  pdf: Uint8Array,
  subFilter: string,
  sign: (ranges: readonly Uint8Array[]) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const sealed = preparePdfSeal(openPdf(pdf), sealRequest({ contentsBytes })).complete(someDerValue());
  const before = latin1Of(pdf);
  const file = before + renamed(latin1Of(sealed.subarray(pdf.length)), subFilter, pdf.length);
  const signature = openPdf(bytesOfLatin1(file)).signatures.at(-1);
  if (signature?.byteRange === undefined) throw new Error("no signature");
  const value = hexOf(await sign(signature.signedBytes()));
  const start = signature.byteRange[1] + 1;
  const length = contentsBytes * 2;
  if (value.length > length) throw new Error("the value has no room");
  return bytesOfLatin1(file.slice(0, start) + value.padEnd(length, "0") + file.slice(start + length));
}

/** Of the appended revision alone, since an earlier one may be sealed. The name changes the length; the spaces behind the byte range make up for it, so that no other object moves. */
function renamed(update: string, subFilter: string, start: number): string {
  const old = "/SubFilter /GM.sm2seal";
  const wanted = `/SubFilter /${subFilter}`;
  const surplus = wanted.length - old.length;
  const end = start + update.length;
  const moved = update.replace(old, wanted);
  return moved.replace(
    /\/ByteRange \[0 (\d+) (\d+) \d+\]( *)/,
    (_all, gap: string, second: string, spaces: string) => {
      const numbers = [0, Number(gap) + surplus, Number(second) + surplus, end - Number(second) - surplus];
      const range = `/ByteRange [${numbers.join(" ")}]`;
      const before = `/ByteRange [0 ${gap} ${second} ${String(end - Number(second))}]${spaces}`;
      return range.padEnd(before.length - surplus);
    },
  );
}
