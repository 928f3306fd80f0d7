import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as after } from "node:timers/promises";

/** What lies in the reader. */
export interface CardInReader {
  readonly atr: Buffer;
  reset(): void;
  /** Undefined: the card is pulled at this very command. */
  answer(command: Buffer): Buffer | undefined;
}

/** The card's side of a virtual reader. */
export interface VpcdClient {
  /** Puts a card in; resolves once the reader has found it and given it power. */
  insert(card: CardInReader): Promise<void>;
  pull(): void;
}

const controls = { off: 0, on: 1, reset: 2, atr: 4 } as const;

/** From the answer to reset, which the reader asks for last, until its resource manager tells of the card. */
const settleMilliseconds = 25;

/** Between two attempts to reach a reader that is still starting, and how many are made. */
const retry = { milliseconds: 10, attempts: 500 } as const;

/** Cards come to the reader (vpcd) at a port of loopback: a connection is a card that is in. */
export function createVpcdClient(port: number): VpcdClient {
  let connection: Socket | undefined;
  const pull = (): void => {
    connection?.destroy();
    connection = undefined;
  };
  return {
    pull,
    insert: async (card) => {
      pull();
      const socket = await reach(port);
      connection = socket;
      await new Promise<void>((resolve, reject) => {
        socket.once("close", () => {
          reject(new Error("the card was pulled before the reader saw it"));
        });
        talk(socket, card, resolve);
      });
      await after(settleMilliseconds);
    },
  };
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

/** Frames of a length in two octets; one octet is an order to the card, more are a command. */
function talk(socket: Socket, card: CardInReader, tellPowered: () => void): void {
  let waiting = Buffer.alloc(0);
  let hasBegun = false;
  let isPowered = false;
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
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
      const frame = waiting.subarray(2, 2 + length);
      waiting = waiting.subarray(2 + length);
      const order = length === 1 ? frame[0] : undefined;
      const answer = order === undefined ? card.answer(frame) : obey(card, order);
      if (order === controls.on) isPowered = true;
      if (order === controls.atr && isPowered) tellPowered();
      if (length > 1 && answer === undefined) {
        socket.destroy();
        return;
      }
      if (answer !== undefined) {
        socket.write(
          Buffer.concat([hasBegun ? Buffer.alloc(0) : Buffer.of(0), Buffer.of(answer.length), answer]),
        );
      }
      hasBegun = false;
    }
  });
}

function obey(card: CardInReader, order: number): Buffer | undefined {
  if (order === controls.atr) return card.atr;
  // Off, on and reset have no answer.
  card.reset();
  return undefined;
}
