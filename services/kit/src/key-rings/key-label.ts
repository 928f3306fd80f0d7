import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";

/** What every key store takes as a label. */
const maximumLabelCharacters = 64;

/**
 * The label of the key of a version, always the same for the same step, so that a step which a crash cut short finds its key again.
 * Underscores become hyphens, and a purpose that is too long is cut and made unique by its digest.
 *
 * @param suffix of whoever makes it: the end of a plan's identifier.
 */
export function keyLabelOf(purpose: string, version: number, suffix?: string): string {
  const end = `-v${String(version)}${suffix === undefined ? "" : `-${suffix.toLowerCase()}`}`;
  const start = purpose.replaceAll("_", "-");
  if (start.length + end.length <= maximumLabelCharacters) return start + end;
  const mark = `-${hexOf(digest("SM3", utf8Of(purpose))).slice(0, 16)}`;
  const kept = start.slice(0, maximumLabelCharacters - end.length - mark.length).replace(/[.-]+$/, "");
  return kept + mark + end;
}
