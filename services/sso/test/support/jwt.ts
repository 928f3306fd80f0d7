/** The header of a JWT, unchecked: for looking at what was made. */
export function headerOf(jwt: string): Record<string, unknown> {
  return partOf(jwt, 0);
}

/** The claims of a JWT, unchecked. */
export function payloadOf(jwt: string): Record<string, unknown> {
  return partOf(jwt, 1);
}

function partOf(jwt: string, index: number): Record<string, unknown> {
  const part = jwt.split(".")[index] ?? "";
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;
}
