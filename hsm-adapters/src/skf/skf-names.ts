/** Names longer than any library keeps, and more than any device has room for. */
const maximumNameOctets = 512;
const maximumNames = 1_024;

/**
 * The names in a list as the interface writes it, `a\0b\0\0` (GM/T 0016-2012 §7.1.4). Reading ends at the empty name, at the end
 * of the octets, and at whatever no device has.
 */
export function readNameList(octets: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  for (let start = 0; start < octets.length && names.length < maximumNames;) {
    const zero = octets.indexOf(0, start);
    const end = zero < 0 ? octets.length : zero;
    if (end === start || end - start > maximumNameOctets) break;
    names.push(octets.slice(start, end));
    start = end + 1;
  }
  return names;
}

/**
 * A name for people and for URIs. The interface does not say how names are encoded: what is UTF-8 is read as that, and everything else as
 * GB 18030, which Windows tools in China write.
 */
export function textOfName(name: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    // Not UTF-8: there is no other way of asking.
    return new TextDecoder("gb18030").decode(name);
  }
}

/** Octets that end with a zero, as C wants a text. */
export function terminated(octets: Uint8Array): Uint8Array {
  const text = new Uint8Array(octets.length + 1);
  text.set(octets);
  return text;
}
