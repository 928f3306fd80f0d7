/** BER-TLV for the virtual card; of its own, so that a mistake of the driver's does not meet itself here. */
export function simpleTlv(tag: number, value: Buffer): Buffer {
  const name = tag > 0xff ? Buffer.of(tag >> 8, tag & 0xff) : Buffer.of(tag);
  const { length } = value;
  const size =
    length < 0x80
      ? Buffer.of(length)
      : length < 0x100
        ? Buffer.of(0x81, length)
        : Buffer.of(0x82, length >> 8, length & 0xff);
  return Buffer.concat([name, size, value]);
}

/** By tag; what is cut off ends the list. */
export function objectsIn(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const objects = new Map<number, Buffer>();
  let offset = 0;
  while (offset + 1 < bytes.length) {
    let tag = bytes.readUInt8(offset++);
    if ((tag & 0x1f) === 0x1f) tag = (tag << 8) | (bytes[offset++] ?? 0);
    let length = bytes[offset++] ?? 0;
    if (length === 0x81) length = bytes[offset++] ?? 0;
    else if (length === 0x82) {
      length = ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
      offset += 2;
    }
    objects.set(tag, bytes.subarray(offset, offset + length));
    offset += length;
  }
  return objects;
}

export function findObject(bytes: Buffer, tag: number): Buffer | undefined {
  return objectsIn(bytes).get(tag);
}
