/** The origin of an address that came with a request, if it is an address. */
export function originOf(uri: unknown): string | undefined {
  return typeof uri === "string" && URL.canParse(uri) ? new URL(uri).origin : undefined;
}
