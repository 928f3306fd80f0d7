/**
 * An element that is not written yet. Encoding a nest of elements one by one copies the innermost as often as it is
 * deep; a tree of these is measured first and written once. For what is made thousands of times a second.
 */
export interface DerNode {
  readonly tag: number;
  readonly members: readonly DerPart[];
  /** Octets of the contents. */
  readonly contentsLength: number;
  /** Octets in all, tag and length included. */
  readonly length: number;
}

/** Octets as they stand, or an element to be written. */
export type DerPart = Uint8Array | DerNode;

/** One TLV with the shortest length (X.690 §10.1), to be written later. */
export function node(tag: number, ...members: readonly DerPart[]): DerNode {
  let contentsLength = 0;
  for (const member of members) contentsLength += member.length;
  return { tag, members, contentsLength, length: 1 + lengthSize(contentsLength) + contentsLength };
}

/** The element in DER, in one piece of memory. */
export function encodeNode(root: DerNode): Uint8Array {
  const target = new Uint8Array(root.length);
  writeNode(root, target, 0);
  return target;
}

function writeNode(part: DerNode, target: Uint8Array, offset: number): number {
  target[offset] = part.tag;
  const size = lengthSize(part.contentsLength);
  writeLength(target, offset + 1, size, part.contentsLength);
  let at = offset + 1 + size;
  for (const member of part.members) {
    if (member instanceof Uint8Array) {
      target.set(member, at);
      at += member.length;
    } else {
      at = writeNode(member, target, at);
    }
  }
  return at;
}

/** Octets of the length field. */
function lengthSize(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x100) return 2;
  if (length < 0x10000) return 3;
  return length < 0x1000000 ? 4 : 5;
}

function writeLength(target: Uint8Array, at: number, size: number, length: number): void {
  if (size === 1) {
    target[at] = length;
    return;
  }
  target[at] = 0x80 | (size - 1);
  for (let index = size - 1, rest = length; index > 0; index -= 1, rest = Math.floor(rest / 256)) {
    target[at + index] = rest % 256;
  }
}
