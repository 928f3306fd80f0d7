import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as after } from "node:timers/promises";

/** What lies in the reader. */
export interface CardInReader {
  readonly atr: Buffer;
  reset(): void;
  answer(command: Buffer): Buffer;
}

/** The card's side of a virtual reader. */
export interface VpcdClient {
  /**
   * Puts a card in; resolves once the reader has found it and given it power. In place of one that is in, which nobody uses: the
   * reader does not see that.
   */
  insert(card: CardInReader): Promise<void>;
  /** Takes it out; resolves once the reader has seen that. */
  pull(): Promise<void>;
  /** As {@link pull}, at the next command with this instruction, which is not answered. */
  pullAt(instruction: number): void;
}

const controls = { off: 0, on: 1, reset: 2, atr: 4 } as const;

/** The reader looks for its card every 400 ms: one that is back sooner was never away. */
const noticeMilliseconds = 500;

/** From the answer to reset, which the reader asks for last, until its resource manager tells of the card. */
const settleMilliseconds = 100;

/** Between two attempts to reach a reader that is still starting, and how many are made. */
const retry = { milliseconds: 10, attempts: 500 } as const;

/**
 * Cards come to the reader (vpcd) at a port of loopback: a connection is a card that is in. It is only ended while the reader waits for
 * an answer: vpcd may not survive writing into a connection that is gone.
 */
export function createVpcdClient(port: number): VpcdClient {
  let state: Inserted | undefined;
  let noticed: Promise<void> = Promise.resolve();
  return {
    pull: async () => {
      const pulled = state;
      state = undefined;
      if (pulled === undefined || pulled.socket.destroyed) return;
      pulled.isPulled = true;
      await pulled.closed;
    },
    pullAt: (instruction) => {
      if (state !== undefined) state.pullAt = instruction;
    },
    insert: async (card) => {
      if (state !== undefined && !state.isPulled) {
        state.card = card;
        return;
      }
      await noticed;
      const socket = await reach(port);
      const closed = new Promise<void>((resolve) => {
        socket.once("close", () => {
          noticed = after(noticeMilliseconds);
          resolve();
        });
      });
      const inserted: Inserted = {
        socket,
        card,
        closed,
        isPulled: false,
        isPowered: false,
        pullAt: undefined,
      };
      state = inserted;
      await Promise.race([talk(inserted), closed]);
      await after(settleMilliseconds);
    },
  };
}

interface Inserted {
  readonly socket: Socket;
  card: CardInReader;
  readonly closed: Promise<void>;
  isPulled: boolean;
  isPowered: boolean;
  pullAt: number | undefined;
}

async function reach(port: number): Promise<Socket> {
  for (let attempt = 0; attempt < retry.attempts; attempt++) {
    const socket = await tryToReach(port);
    if (socket !== undefined) return socket;
    await after(retry.milliseconds);
  }
  throw new Error("the virtual reader does not listen");
}

function tryToReach(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const refuse = (): void => {
      resolve(undefined);
    };
    socket.once("error", refuse);
    socket.once("connect", () => {
      socket.off("error", refuse);
      resolve(socket);
    });
  });
}

/**
 * Frames of a length in two octets; one octet is an order to the card, more are a command. Resolves once the card has power and
 * was asked who it is.
 */
function talk(inserted: Inserted): Promise<void> {
  const { socket } = inserted;
  let waiting = Buffer.alloc(0);
  let hasBegun = false;
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  return new Promise((resolve) => {
    socket.on("data", (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= 2) {
        const length = waiting.readUInt16BE(0);
        if (waiting.length < 2 + length) {
          // vpcd sends length and command in two packets, and the second waits for an acknowledgement of the first that the
          // system delays by 40 ms. Every answer is shorter than 256 octets, so its first octet is known: it takes the
          // acknowledgement along.
          if (length > 1 && !hasBegun) {
            socket.write(Buffer.of(0));
            hasBegun = true;
          }
          return;
        }
        const answer = answerTo(inserted, waiting.subarray(2, 2 + length));
        waiting = waiting.subarray(2 + length);
        if (inserted.isPulled && answer !== undefined) {
          // In the middle of an answer's octets: vpcd crashes where the length is cut off.
          socket.write(Buffer.concat([Buffer.alloc(hasBegun ? 0 : 1), Buffer.of(2)]), () => socket.destroy());
          return;
        }
        if (answer !== undefined) {
          socket.write(Buffer.concat([Buffer.alloc(hasBegun ? 0 : 1), Buffer.of(answer.length), answer]));
          if (length === 1 && inserted.isPowered) resolve();
        }
        hasBegun = false;
      }
    });
  });
}

/** Off, on and reset have no answer. */
function answerTo(inserted: Inserted, frame: Buffer): Buffer | undefined {
  const [first, instruction] = frame;
  if (frame.length > 1) {
    if (instruction !== inserted.pullAt) return inserted.card.answer(frame);
    inserted.isPulled = true;
    inserted.card.reset();
    return Buffer.alloc(0);
  }
  if (first === controls.atr) return inserted.card.atr;
  if (first === controls.on) inserted.isPowered = true;
  inserted.card.reset();
  return undefined;
}
