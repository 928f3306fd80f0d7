/** Bytes `start` up to but not including `end` of the file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
