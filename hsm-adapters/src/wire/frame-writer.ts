import { headOctets, lengthOctets, maximumFrameOctets } from "./frame-reader.ts";
import { WireError } from "./wire-error.ts";

/** Where octets go: a socket. Calls back once they are sent and may be overwritten. */
export type WriteOctets = (octets: Uint8Array, sent: () => void) => void;

/** Some hundred signatures; a larger frame gets a buffer of its own. */
const bufferOctets = 64 * 1024;
const buffersKept = 2;

/**
 * Puts frames one after the other and hands all of one tick over in one write: a system call costs as much as a dozen signatures
 * take to copy.
 */
export class FrameWriter {
  readonly #write: WriteOctets;
  #buffer: Buffer = Buffer.alloc(bufferOctets);
  #used = 0;
  /** Sent and used again: a new buffer for each write would keep the collector busy. */
  readonly #free: Buffer[] = [];
  #isSecret = false;
  #isFlushPlanned = false;

  constructor(write: WriteOctets) {
    this.#write = write;
  }

  /**
   * Starts a frame whose body has this length, and gives the body to fill, at once.
   *
   * @param isSecret overwrite the octets as soon as they are sent.
   * @throws WireError if it is longer than a reader accepts.
   */
  frame(call: number, kind: number, length: number, isSecret = false): Buffer {
    const whole = headOctets + length;
    if (whole - lengthOctets > maximumFrameOctets) throw new WireError("a frame is too long");
    if (this.#used + whole > this.#buffer.length) {
      this.flush();
      if (whole > this.#buffer.length) this.#buffer = Buffer.alloc(whole);
    }
    const start = this.#used;
    this.#buffer.writeUInt32BE(whole - lengthOctets, start);
    this.#buffer.writeUInt32BE(call, start + lengthOctets);
    this.#buffer.writeUInt8(kind, start + headOctets - 1);
    this.#used += whole;
    this.#isSecret ||= isSecret;
    if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      // After all promises that are settled now, so that what they lead to goes along.
      process.nextTick(() => {
        this.#isFlushPlanned = false;
        this.flush();
      });
    }
    return this.#buffer.subarray(start + headOctets, this.#used);
  }

  /** Writes what is waiting now, in the middle of a tick. */
  flush(): void {
    if (this.#used === 0) return;
    const buffer = this.#buffer;
    const octets = buffer.subarray(0, this.#used);
    const isSecret = this.#isSecret;
    this.#buffer = this.#free.pop() ?? Buffer.alloc(bufferOctets);
    this.#used = 0;
    this.#isSecret = false;
    this.#write(octets, () => {
      if (isSecret) octets.fill(0);
      if (buffer.length === bufferOctets && this.#free.length < buffersKept) this.#free.push(buffer);
    });
  }
}
