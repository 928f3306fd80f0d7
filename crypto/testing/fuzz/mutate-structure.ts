import { base64Of, bytesOfBase64, bytesOfLatin1, concatBytes, latin1Of } from "../../src/bytes/index.ts";
import { DerError, element, parseDer } from "../../src/der/index.ts";
import type { DerElement } from "../../src/der/index.ts";
import type { Dice } from "./dice.ts";

/** Changes bytes without regard to what they mean. */
type ChangeBytes = (bytes: Uint8Array) => Uint8Array;

/** Tags worth trying in another's place: of every type that our readers know, and some of a context. */
const tags = [
  1, 2, 3, 4, 5, 6, 9, 10, 12, 13, 19, 22, 23, 24, 30, 48, 49, 0x80, 0x81, 0x82, 0x86, 0xa0, 0xa1, 0xa3,
];

/**
 * A change inside DER or base64 that leaves what is around it well-formed: lengths are written anew, and text is encoded anew.
 * Bytes changed blindly are nearly all refused for a length; these get to the code behind.
 */
export function changedInside(
  bytes: Uint8Array,
  dice: Dice,
  other: Uint8Array,
  change: ChangeBytes,
): Uint8Array {
  const tree = treeOf(bytes);
  if (tree !== undefined) return changedElement(tree, dice, treeOf(other) ?? tree, change);
  return changedBase64(bytes, dice, other, change);
}

function treeOf(bytes: Uint8Array): DerElement | undefined {
  // A document is text or an archive, however it begins.
  if (bytes.length < 2 || bytes.length > 100_000) return undefined;
  try {
    return parseDer(bytes);
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}

function changedElement(node: DerElement, dice: Dice, other: DerElement, change: ChangeBytes): Uint8Array {
  if (dice(12) === 0) return anyWithin(other, dice).raw;
  if (dice(20) === 0) return element(tags[dice(tags.length)] ?? 5, node.contents);
  if (node.children.length === 0) return element(node.tag, changedContents(node, dice, other, change));
  const index = dice(node.children.length);
  const parts = node.children.map(({ raw }) => raw);
  const chosen = node.children[index] ?? node;
  const choice = dice(10);
  if (choice === 0) parts.splice(index, 1);
  else if (choice === 1) parts.splice(index, 0, chosen.raw);
  else if (choice === 2) parts.splice(dice(parts.length), 0, anyWithin(other, dice).raw);
  else if (choice === 3) parts.reverse();
  else parts[index] = changedElement(chosen, dice, other, change);
  return element(node.tag, concatBytes(...parts));
}

/** Extensions and many others hold DER in an OCTET STRING, keys in a BIT STRING behind one octet. */
function changedContents(
  { tag, contents }: DerElement,
  dice: Dice,
  other: DerElement,
  change: ChangeBytes,
): Uint8Array {
  const skipped = tag === 3 ? 1 : 0;
  const inner = [3, 4, 0x80].includes(tag) ? treeOf(contents.subarray(skipped)) : undefined;
  if (inner === undefined || dice(4) === 0) return change(contents);
  return concatBytes(contents.subarray(0, skipped), changedElement(inner, dice, other, change));
}

function anyWithin(node: DerElement, dice: Dice): DerElement {
  const child = node.children[dice(node.children.length + 1)];
  return child === undefined ? node : anyWithin(child, dice);
}

/** Long enough to be no word. */
const base64Run = /[A-Za-z0-9+/_-]{12,}={0,2}/g;

function changedBase64(bytes: Uint8Array, dice: Dice, other: Uint8Array, change: ChangeBytes): Uint8Array {
  const text = latin1Of(bytes);
  const runs = [...text.matchAll(base64Run)];
  const run = runs[dice(Math.max(runs.length, 1))];
  if (run === undefined) return change(bytes);
  const [encoded] = run;
  const decoded = decodedOf(encoded);
  if (decoded === undefined) return change(bytes);
  const tree = treeOf(decoded);
  const changed =
    tree === undefined ? change(decoded) : changedElement(tree, dice, treeOf(other) ?? tree, change);
  const isUrl = !encoded.endsWith("=") && /[_-]|^eyJ|^W/.test(encoded);
  const again = isUrl ? urlOf(base64Of(changed)) : base64Of(changed);
  return bytesOfLatin1(text.slice(0, run.index) + again + text.slice(run.index + encoded.length));
}

function decodedOf(encoded: string): Uint8Array | undefined {
  const standard = encoded.replaceAll("-", "+").replaceAll("_", "/").replaceAll("=", "");
  try {
    return bytesOfBase64(standard + "=".repeat((4 - (standard.length % 4)) % 4));
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

function urlOf(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
