import { bytesOfLatin1, latin1Of } from "../bytes/index.ts";

/** Longer than any public key that is used, ML-DSA included; more would let strangers fill the memory. */
const longestRemembered = 4096;

/**
 * A function of bytes that remembers its last answers, for work that is dear and asked for again and again, such as reading
 * an authority's public key. Nothing secret may be asked: the bytes stay in memory.
 *
 * @param limit how many answers are kept; beyond them the one used longest ago is forgotten.
 */
export function rememberLast<Value>(
  limit: number,
  answer: (bytes: Uint8Array) => Value,
): (bytes: Uint8Array) => Value {
  // A Map remembers the order of insertion: the first is the one used longest ago.
  const known = new Map<string, { readonly value: Value }>();
  return (bytes) => {
    if (bytes.length > longestRemembered) return answer(bytes);
    const name = latin1Of(bytes);
    // A copy, so that nobody changes what an answer stands for; and of the name, since the bytes may be another's by now.
    const entry = known.get(name) ?? { value: answer(bytesOfLatin1(name)) };
    known.delete(name);
    known.set(name, entry);
    if (known.size > limit) {
      const [oldest] = known.keys();
      if (oldest !== undefined) known.delete(oldest);
    }
    return entry.value;
  };
}
