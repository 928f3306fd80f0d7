import { WireError } from "./wire-error.ts";

/** The head of a frame: the length of all that follows it in four octets, then the call's number in four and the kind in one. */
export const lengthOctets = 4;
export const headOctets = lengthOctets + 5;

/**
 * A document that is signed whole (Ed25519, ML-DSA) fits; a larger one is not signed by a device. Also what a peer can make
 * this side set aside.
 */
export const maximumFrameOctets = 16 * 1024 * 1024;

/**
 * @param body a view of what was received, overwritten soon after: what is kept has to be copied.
 */
export type OnFrame = (call: number, kind: number, body: Buffer) => void;

/** Cuts a stream of octets into frames. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  readonly #limit: number;
  readonly #length = Buffer.alloc(lengthOctets);
  /** A frame of which only the beginning has come, and how much of it, its length included. */
  #partial: Buffer | undefined;
  #filled = 0;

  constructor(onFrame: OnFrame, limit: number = maximumFrameOctets) {
    this.#onFrame = onFrame;
    this.#limit = limit;
  }

  /** @throws WireError for a frame of an impossible length; nothing can be read after it. What `onFrame` throws is passed on. */
  feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const isFresh = this.#filled === 0 && chunk.length - at >= lengthOctets;
      const end = isFresh ? at + lengthOctets + this.#checked(chunk.readUInt32BE(at)) : Infinity;
      if (end <= chunk.length) {
        this.#give(chunk.subarray(at, end));
        at = end;
      } else {
        at += this.#collect(chunk.subarray(at));
      }
    }
  }

  /** Whether the stream may end here: between two frames. */
  get isBetweenFrames(): boolean {
    return this.#filled === 0;
  }

  /** Takes what belongs to the frame that has begun, and says how much that was. */
  #collect(octets: Buffer): number {
    const target = this.#partial ?? this.#length;
    const taken = octets.copy(target, this.#filled);
    // It may be part of a PIN, and the copy is the one that gets overwritten.
    octets.fill(0, 0, taken);
    this.#filled += taken;
    if (this.#filled < target.length) return taken;
    if (this.#partial === undefined) {
      const whole = Buffer.alloc(lengthOctets + this.#checked(this.#length.readUInt32BE()));
      this.#length.copy(whole);
      this.#partial = whole;
    } else {
      this.#partial = undefined;
      this.#filled = 0;
      this.#give(target);
    }
    return taken;
  }

  #give(frame: Buffer): void {
    this.#onFrame(
      frame.readUInt32BE(lengthOctets),
      frame.readUInt8(headOctets - 1),
      frame.subarray(headOctets),
    );
  }

  #checked(length: number): number {
    if (length < headOctets - lengthOctets || length > this.#limit) {
      throw new WireError(`a frame of ${String(length)} octets`);
    }
    return length;
  }
}
