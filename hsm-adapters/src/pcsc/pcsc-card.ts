import { utf8Of } from "@yinxin/crypto/bytes";

import { pcscError, pcscNumbers } from "./pcsc-error.ts";
import { readHandle, readWord, writeWord } from "./pcsc-layout.ts";
import { checkAnswer } from "./pcsc-library.ts";
import type { PcscLibrary } from "./pcsc-library.ts";

/** A connection to the card in one reader. The caller makes one call at a time. */
export interface PcscCard {
  readonly reader: string;
  /** T=0 knows no command that both sends and asks for data. */
  readonly protocol: "T=0" | "T=1";
  /** Sends one command and gives the answer with its status word. */
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /** Keeps other programs away from the card until {@link endTransaction}. */
  beginTransaction(): Promise<void>;
  endTransaction(): Promise<void>;
  /** Takes the connection up again after another program has reset the card. */
  reconnect(): Promise<void>;
  /** @param leave `reset` makes the card forget that a PIN was given. */
  disconnect(leave: "reset" | "as-it-is"): Promise<void>;
}

const shareShared = 2;
const protocols = { t0: 1, t1: 2 } as const;
const dispositions = { "as-it-is": 0, reset: 1 } as const;

/** SW1 and SW2, which end every answer. */
const statusOctets = 2;

/** The longest answer of a command with extended length, and its status word. */
const maximumAnswerOctets = 65_538;

export async function connectCard(library: PcscLibrary, context: bigint, reader: string): Promise<PcscCard> {
  const { call, layout } = library;
  const name = utf8Of(`${reader}\0`);
  const [out, active] = [new Uint8Array(8), new Uint8Array(8)];
  const anyProtocol = protocols.t0 | protocols.t1;
  checkAnswer(
    "SCardConnect",
    await call.SCardConnect.later(context, name, shareShared, anyProtocol, out, active),
  );
  const handle = readHandle(layout, out);
  let protocol = readWord(active, 0);
  return {
    reader,
    get protocol() {
      return protocol === protocols.t0 ? "T=0" : "T=1";
    },
    transmit: (command) => transmit(library, handle, protocol, command),
    beginTransaction: async () => {
      checkAnswer("SCardBeginTransaction", await call.SCardBeginTransaction.later(handle));
    },
    endTransaction: async () => {
      checkAnswer(
        "SCardEndTransaction",
        await call.SCardEndTransaction.later(handle, dispositions["as-it-is"]),
      );
    },
    reconnect: async () => {
      const now = new Uint8Array(8);
      checkAnswer(
        "SCardReconnect",
        await call.SCardReconnect.later(handle, shareShared, anyProtocol, dispositions["as-it-is"], now),
      );
      protocol = readWord(now, 0);
    },
    disconnect: async (leave) => {
      // What it answers changes nothing: the handle is not used again, and the card may be gone.
      await call.SCardDisconnect.later(handle, dispositions[leave]);
    },
  };
}

async function transmit(
  library: PcscLibrary,
  handle: bigint,
  protocol: number,
  command: Uint8Array,
): Promise<Uint8Array> {
  const { call, layout } = library;
  // SCARD_IO_REQUEST: the protocol, and the structure's own size.
  const header = new Uint8Array(2 * layout.word);
  writeWord(layout, header, 0, protocol);
  writeWord(layout, header, layout.word, header.length);
  const answer = new Uint8Array(maximumAnswerOctets);
  const length = new Uint8Array(8);
  writeWord(layout, length, 0, answer.length);
  checkAnswer(
    "SCardTransmit",
    await call.SCardTransmit.later(handle, header, command, command.length, null, answer, length),
  );
  const answered = Math.min(readWord(length, 0), answer.length);
  // Some readers say that all is well when the card was pulled meanwhile, and have no status word to show for it.
  if (answered < statusOctets) throw pcscError("SCardTransmit", pcscNumbers.notTransacted);
  return answer.slice(0, answered);
}
