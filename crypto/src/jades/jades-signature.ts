import { base64Of, bytesOfBase64, utf8Of } from "../bytes/index.ts";
import {
  base64UrlOf,
  bytesOfBase64Url,
  isJsonObject,
  parseCompactJws,
  parseJsonObject,
  parseJwsParts,
  TokenError,
} from "../tokens/index.ts";
import type { JsonObject, ParsedJws } from "../tokens/index.ts";
import { JadesError } from "./jades-error.ts";

/** A signature taken apart and not yet believed (ETSI TS 119 182-1 §4). */
export interface JadesSignature {
  readonly jws: ParsedJws;
  /** The time stamps over the signature value, DER. */
  readonly timeStamps: readonly Uint8Array[];
  /** Names of the other unsigned components, which nothing here looks at. */
  readonly otherComponents: readonly string[];
}

/** Documents of this size are signed with a detached digest elsewhere; more is not parsed. */
const maximumCharacters = 64 * 1024 * 1024;

/** A signature gets a handful in its life; each costs a verifier a chain of certificates. */
const maximumComponents = 32;

/**
 * Reads the compact serialization, or the JSON one with one signature, flattened or general (RFC 7515 §7).
 *
 * @throws JadesError `jades-malformed`.
 */
export function parseJades(text: string): JadesSignature {
  if (text.length > maximumCharacters) throw malformed("it is too long");
  try {
    if (!text.trimStart().startsWith("{")) {
      return { jws: parseCompactJws(text.trim(), maximumCharacters), timeStamps: [], otherComponents: [] };
    }
    return readJson(parseJsonObject(utf8Of(text), "signature"));
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    throw new JadesError("jades-malformed", cause.message, { cause });
  }
}

function readJson(root: JsonObject): JadesSignature {
  const { payload } = root;
  const signature = Object.hasOwn(root, "signatures") ? onlyOf(root["signatures"]) : root;
  const { protected: header, signature: value, header: unprotectedHeader } = signature;
  if (typeof payload !== "string" || typeof header !== "string" || typeof value !== "string") {
    throw malformed("a member is missing");
  }
  const jws = parseJwsParts(header, payload, value);
  if (unprotectedHeader === undefined) return { jws, timeStamps: [], otherComponents: [] };
  if (!isJsonObject(unprotectedHeader)) throw malformed("its unprotected header is not an object");
  for (const name of Object.keys(unprotectedHeader)) {
    // RFC 7515 §7.2.1: one parameter has one place. What is not etsiU would be an unsigned claim.
    if (name !== "etsiU") throw malformed(`its unprotected header has ${name}`);
  }
  return { jws, ...readComponents(unprotectedHeader["etsiU"]) };
}

function onlyOf(signatures: unknown): JsonObject {
  const list: readonly unknown[] = Array.isArray(signatures) ? signatures : [];
  const [only, ...more] = list;
  if (!isJsonObject(only) || more.length > 0) throw malformed("it has not exactly one signature");
  return only;
}

/** All components are base64url, or none (ETSI TS 119 182-1 §5.3.1). */
function readComponents(etsiU: unknown): Omit<JadesSignature, "jws"> {
  const list: readonly unknown[] = Array.isArray(etsiU) ? etsiU : [];
  if (list.length === 0 || list.length > maximumComponents) throw malformed("etsiU is not a short list");
  const timeStamps: Uint8Array[] = [];
  const otherComponents: string[] = [];
  for (const component of list.map(readComponent)) {
    const [name = "", ...more] = Object.keys(component);
    if (name === "" || more.length > 0) throw malformed("a component of etsiU has not one name");
    if (name === "sigTst") timeStamps.push(...readTokens(component["sigTst"]));
    else otherComponents.push(name);
  }
  return { timeStamps, otherComponents };
}

function readComponent(component: unknown, at: number, list: readonly unknown[]): JsonObject {
  if (typeof component !== typeof list[0]) throw malformed("etsiU mixes two forms");
  if (isJsonObject(component)) return component;
  if (typeof component !== "string") throw malformed("a component of etsiU is no object");
  return parseJsonObject(fromBase64Url(component), "etsiU");
}

/** tstContainer with RFC 3161 tokens in DER (ETSI TS 119 182-1 §5.4.3.3). */
function readTokens(container: unknown): Uint8Array[] {
  const tokens: readonly unknown[] =
    isJsonObject(container) && Array.isArray(container["tstTokens"]) ? container["tstTokens"] : [];
  if (tokens.length === 0 || tokens.length > maximumComponents) throw malformed("sigTst has no tokens");
  return tokens.map((token) => {
    const value = isJsonObject(token) ? token["val"] : undefined;
    if (typeof value !== "string") throw malformed("a token of sigTst has no value");
    return fromBase64(value);
  });
}

/** The JSON serialization, flattened, with these time stamps (ETSI TS 119 182-1 §5.3.4). */
export function writeJades({ jws, timeStamps }: Omit<JadesSignature, "otherComponents">): string {
  const components = timeStamps.map((token) => ({ sigTst: { tstTokens: [{ val: base64Of(token) }] } }));
  const etsiU = components.map((component) => base64UrlOf(utf8Of(JSON.stringify(component))));
  return JSON.stringify({
    payload: jws.encodedPayload,
    protected: jws.encodedHeader,
    signature: jws.encodedSignature,
    ...(etsiU.length > 0 && { header: { etsiU } }),
  });
}

function fromBase64Url(text: string): Uint8Array {
  return decoded(() => bytesOfBase64Url(text));
}

function fromBase64(text: string): Uint8Array {
  return decoded(() => bytesOfBase64(text));
}

function decoded(read: () => Uint8Array): Uint8Array {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof RangeError) throw malformed("a component of etsiU is not base64");
    throw cause;
  }
}

function malformed(detail: string): JadesError {
  return new JadesError("jades-malformed", `not a JAdES signature: ${detail}`);
}
