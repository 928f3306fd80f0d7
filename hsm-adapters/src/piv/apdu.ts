import { concatBytes } from "@yinxin/crypto/bytes";

import { cardError } from "./card-error.ts";

/** A command to the card (ISO/IEC 7816-4 §5.1). */
export interface CardCommand {
  /** What it is, for messages: the name in SP 800-73-4 Part 2. */
  readonly name: string;
  readonly instruction: number;
  readonly parameters: readonly [p1: number, p2: number];
  readonly data?: Uint8Array;
}

export interface CardAnswer {
  readonly data: Uint8Array;
  /** SW1 ‖ SW2. */
  readonly status: number;
}

/** What carries a command: a PC/SC card. */
export interface CardChannel {
  readonly protocol: "T=0" | "T=1";
  /** The answer ends with the two octets of a status word. */
  transmit(command: Uint8Array): Promise<Uint8Array>;
}

/** Command data of one short command; longer data are sent in a chain, which every PIV card understands. */
const chunkOctets = 255;

/** More than every object of a PIV card: certificates have at most 3 kB, and the facial image 12.7 kB. */
const maximumAnswerOctets = 65_536;

/** Pieces of 256 octets that this makes, with room for cards that cut them smaller. */
const maximumPieces = 1_024;

const chainBit = 0x10;
const getResponse = 0xc0;

/** SW1 of "more data to come" and of "wrong Le". */
const statusClasses = { more: 0x61, wrongLength: 0x6c } as const;

export const success = 0x9000;

/**
 * Sends a command, in a chain if its data are long (SP 800-73-4 Part 2 §3), and fetches the whole answer (GET RESPONSE). What was
 * sent is overwritten, since it may hold a PIN.
 */
export async function exchange(channel: CardChannel, command: CardCommand): Promise<CardAnswer> {
  const chain = shortCommands(command, channel.protocol);
  try {
    for (const part of chain.slice(0, -1)) {
      const answer = splitAnswer(await channel.transmit(part));
      if (answer.status !== success) return answer;
    }
    return await fetchAll(channel, chain.at(-1) ?? new Uint8Array(), mayRepeat(command, channel));
  } finally {
    for (const part of chain) part.fill(0);
  }
}

/** As {@link exchange}. @throws KeyStoreError for every status but 9000. */
export async function exchangeChecked(channel: CardChannel, command: CardCommand): Promise<Uint8Array> {
  const { data, status } = await exchange(channel, command);
  if (status !== success) throw cardError(command.name, status);
  return data;
}

/**
 * Whether "wrong Le" may be answered by the same command with another Le. Not where there is no Le to be wrong, and never where
 * a PIN may be in it: whatever such a card means, a second VERIFY is a second try.
 */
function mayRepeat({ instruction, data }: CardCommand, { protocol }: CardChannel): boolean {
  return instruction !== instructions.verify && (data === undefined || protocol === "T=1");
}

function shortCommands(command: CardCommand, protocol: "T=0" | "T=1"): readonly Uint8Array[] {
  const { instruction, parameters, data = new Uint8Array() } = command;
  const count = Math.max(1, Math.ceil(data.length / chunkOctets));
  return Array.from({ length: count }, (_, index) => {
    const chunk = data.subarray(index * chunkOctets, (index + 1) * chunkOctets);
    const isLast = index === count - 1;
    const header = [isLast ? 0 : chainBit, instruction, ...parameters];
    if (chunk.length === 0) {
      // VERIFY without data asks how many tries are left: with Le it would be another command.
      return Uint8Array.from(instruction === instructions.verify ? header : [...header, 0]);
    }
    // T=0 cannot say in one command that it sends and expects data.
    const expected = isLast && protocol === "T=1" ? [0] : [];
    return Uint8Array.from([...header, chunk.length, ...chunk, ...expected]);
  });
}

async function fetchAll(channel: CardChannel, last: Uint8Array, isRepeatable: boolean): Promise<CardAnswer> {
  let answer = splitAnswer(await channel.transmit(last));
  if (isRepeatable && answer.status >> 8 === statusClasses.wrongLength) {
    const exact = Uint8Array.of(...last.subarray(0, -1), answer.status & 0xff);
    answer = splitAnswer(await channel.transmit(exact));
    exact.fill(0);
  }
  const parts = [answer.data];
  let length = answer.data.length;
  while (answer.status >> 8 === statusClasses.more) {
    const next = Uint8Array.of(0, getResponse, 0, 0, answer.status & 0xff);
    answer = splitAnswer(await channel.transmit(next));
    parts.push(answer.data);
    length += answer.data.length;
    // A card that has always more would keep us for ever.
    if (answer.data.length === 0 || length > maximumAnswerOctets || parts.length > maximumPieces) break;
  }
  return { data: concatBytes(...parts), status: answer.status };
}

function splitAnswer(answer: Uint8Array): CardAnswer {
  const [sw1 = 0, sw2 = 0] = answer.subarray(-2);
  return { data: answer.subarray(0, -2), status: (sw1 << 8) | sw2 };
}

/** The instruction octets of SP 800-73-4 Part 2 §3, and those that YubiKeys add. */
export const instructions = {
  verify: 0x20,
  generateKeyPair: 0x47,
  generalAuthenticate: 0x87,
  select: 0xa4,
  getData: 0xcb,
  putData: 0xdb,
  yubikeyMetadata: 0xf7,
  yubikeySerial: 0xf8,
  yubikeyVersion: 0xfd,
} as const;
