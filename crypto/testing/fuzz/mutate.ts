import { concatBytes } from "../../src/bytes/index.ts";
import type { Dice } from "./dice.ts";
import { changedInside } from "./mutate-structure.ts";

type Mutation = (bytes: Uint8Array, dice: Dice, other: Uint8Array) => Uint8Array;

const cut = (bytes: Uint8Array, dice: Dice): [start: number, end: number] => {
  const start = dice(bytes.length + 1);
  return [start, Math.min(bytes.length, start + 1 + dice(64))];
};

const replacedAt = (bytes: Uint8Array, index: number, value: number): Uint8Array => {
  const changed = Uint8Array.from(bytes);
  if (index < changed.length) changed[index] = value;
  return changed;
};

/** Octets with a meaning in the formats we read: tags, lengths, ends, quotes, brackets. */
const telling = Uint8Array.of(
  0,
  1,
  2,
  4,
  0x20,
  0x22,
  0x24,
  0x30,
  0x31,
  0x3c,
  0x3e,
  0x7f,
  0x80,
  0x81,
  0x84,
  0xa0,
  0xff,
);

const mutations: readonly Mutation[] = [
  (bytes, dice) => replacedAt(bytes, dice(bytes.length + 1), dice(256)),
  (bytes, dice) => replacedAt(bytes, dice(bytes.length + 1), telling[dice(telling.length)] ?? 0),
  (bytes, dice) => {
    const index = dice(bytes.length + 1);
    return replacedAt(bytes, index, (bytes[index] ?? 0) ^ (1 << dice(8)));
  },
  (bytes, dice) => {
    const index = dice(bytes.length + 1);
    return replacedAt(bytes, index, (bytes[index] ?? 0) + (dice(2) === 0 ? 1 : 255));
  },
  (bytes, dice) => {
    const [start, end] = cut(bytes, dice);
    return concatBytes(bytes.subarray(0, start), bytes.subarray(end));
  },
  (bytes, dice) => {
    const [start, end] = cut(bytes, dice);
    return concatBytes(bytes.subarray(0, end), bytes.subarray(start));
  },
  (bytes, dice) => bytes.subarray(0, dice(bytes.length + 1)),
  (bytes, dice) => {
    const at = dice(bytes.length + 1);
    return concatBytes(bytes.subarray(0, at), Uint8Array.of(dice(256)), bytes.subarray(at));
  },
  // A piece of another input, which is where two structures are taken for one.
  (bytes, dice, other) => {
    const [start, end] = cut(other, dice);
    const at = dice(bytes.length + 1);
    return concatBytes(bytes.subarray(0, at), other.subarray(start, end), bytes.subarray(at));
  },
];

/** The input changed in one to eight places; `other` gives pieces. Half of the changes keep what is around them well-formed. */
export function mutated(bytes: Uint8Array, dice: Dice, other: Uint8Array): Uint8Array {
  const anywhere = (given: Uint8Array): Uint8Array =>
    mutations[dice(mutations.length)]?.(given, dice, other) ?? given;
  const isStructured = dice(2) === 0;
  let changed = bytes;
  for (let rest = 1 + dice(isStructured ? 3 : 8); rest > 0; rest -= 1) {
    changed = isStructured ? changedInside(changed, dice, other, anywhere) : anywhere(changed);
  }
  return changed;
}
