/** For parsers of text: bytes that are not UTF-8 cannot reach them. */
export function ofText(parse: (text: string) => unknown): (bytes: Uint8Array) => unknown {
  return (bytes) => parse(new TextDecoder().decode(bytes));
}
