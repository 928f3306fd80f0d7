/**
 * Plain data over a stream of octets: between a service and its driver hosts, and between a remote key store and its clients.
 *
 * A frame is a call's number, a kind and a body; {@link FrameWriter} sends all frames of one tick in one write, and
 * {@link FrameReader} cuts them apart on the other side; {@link CallChannel} asks and {@link AnswerChannel} answers. The body of a signature has a layout of its own; everything else is
 * {@link encodeWireValue}, which keeps bytes as they are. Whatever breaks a rule is a {@link WireError}, and ends the connection.
 */
export { AnswerChannel } from "./answer-channel.ts";
export type { AnswerChannelOptions } from "./answer-channel.ts";
export { CallChannel, maximumCallsInFlight } from "./call-channel.ts";
export type { CallOptions } from "./call-channel.ts";
export { FrameReader, maximumFrameOctets } from "./frame-reader.ts";
export type { OnFrame } from "./frame-reader.ts";
export { FrameWriter } from "./frame-writer.ts";
export type { WriteOctets } from "./frame-writer.ts";
export { WireError } from "./wire-error.ts";
export {
  present,
  readBytes,
  readFlag,
  readList,
  readNothing,
  readNumber,
  readOneOf,
  readOptional,
  readRecord,
  readShownText,
  readText,
} from "./wire-fields.ts";
export type { WireRecord } from "./wire-fields.ts";
export { readKeyAttributes } from "./wire-key-attributes.ts";
export { readKeyStoreError, readKeyUri } from "./wire-key-store-error.ts";
export { decodeWireValue, encodeWireValue } from "./wire-value.ts";
export type { WireValue } from "./wire-value.ts";
