import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";

import type { SessionNumber, SignRequest } from "../driver/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { secretCopy } from "../pin/index.ts";
import { WireError } from "../wire/index.ts";

/**
 * The body of a call to sign, which is the one that comes often: session in four octets, the row's place in the table in one, then
 * the key's URI and the PIN, each after its length in two octets, and the input.
 */
const fixedOctets = 4 + 1 + 2 + 2;

const maximumLength = 0xffff;

export function signBodyLength({ key, contextPin, input }: SignRequest): number {
  return fixedOctets + Buffer.byteLength(key) + (contextPin?.length ?? 0) + input.length;
}

/** @throws WireError for a URI or PIN that is too long for its length. */
export function writeSignBody(body: Buffer, session: SessionNumber, request: SignRequest): void {
  const { key, algorithm, input, contextPin } = request;
  let at = body.writeUInt32BE(session);
  at = body.writeUInt8(signatureAlgorithmNames.indexOf(algorithm), at);
  const uriOctets = body.write(key, at + 2);
  if (uriOctets > maximumLength || (contextPin?.length ?? 0) > maximumLength) {
    throw new WireError("a key's URI or a PIN is too long");
  }
  at = body.writeUInt16BE(uriOctets, at) + uriOctets;
  at = body.writeUInt16BE(contextPin?.length ?? 0, at);
  if (contextPin !== undefined) body.set(contextPin, at);
  body.set(input, at + (contextPin?.length ?? 0));
}

/** @throws WireError for anything else than what {@link writeSignBody} writes. */
export function readSignBody(body: Buffer): { session: SessionNumber; request: SignRequest } {
  const uriAt = 7;
  if (body.length < fixedOctets) throw new WireError("a call to sign ends too early");
  const session = body.readUInt32BE();
  const algorithm = signatureAlgorithmNames[body.readUInt8(4)];
  const pinAt = uriAt + body.readUInt16BE(5) + 2;
  if (algorithm === undefined || pinAt > body.length) throw new WireError("a call to sign is malformed");
  // Written by our client, and the driver looks it up among the keys that it has.
  const key = body.toString("utf8", uriAt, pinAt - 2) as KeyUri;
  const inputAt = pinAt + body.readUInt16BE(pinAt - 2);
  if (inputAt > body.length) throw new WireError("a call to sign ends too early");
  const input = new Uint8Array(body.subarray(inputAt));
  if (inputAt === pinAt) return { session, request: { key, algorithm, input } };
  const contextPin = secretCopy(body.subarray(pinAt, inputAt));
  return { session, request: { key, algorithm, input, contextPin } };
}
