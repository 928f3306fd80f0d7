import { latin1Of, bytesOfLatin1 } from "@yinxin/crypto/bytes";
import { createOfd, openOfd } from "@yinxin/crypto/ofd";

/** The package with every occurrence of a name in it replaced by another of the same length. */
export function withEntryRenamed(ofd: Uint8Array, from: string, to: string): Uint8Array {
  if (from.length !== to.length) throw new Error("the names must have the same length");
  const changed = latin1Of(ofd).replaceAll(from, to);
  return bytesOfLatin1(changed);
}

/** The package with the bit set that says that an entry is encrypted. */
export function withEncryptedEntries(ofd: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(ofd);
  const text = latin1Of(ofd);
  for (const [magic, flagsAt] of [
    ["PK\x03\x04", 6],
    ["PK\x01\x02", 8],
  ] as const) {
    for (let at = text.indexOf(magic); at >= 0; at = text.indexOf(magic, at + 1)) {
      changed[at + flagsAt] = (changed[at + flagsAt] ?? 0) | 1;
    }
  }
  return changed;
}

/** The package with one more part. */
export function withPart(ofd: Uint8Array, name: string, content: Uint8Array): Uint8Array {
  const { entries } = openOfd(ofd);
  const parts = new Map(Array.from(entries, ([path, entry]) => [path, entry.content()] as const));
  parts.set(name, content);
  return createOfd(parts, new Date("2026-11-22T08:00:00Z"));
}
