import { createCipheriv, randomBytes, timingSafeEqual } from "node:crypto";

import { agree, makeCardKey, publicMembers, respond } from "./card-keys.ts";
import type { CardKey } from "./card-keys.ts";
import { findObject, objectsIn, simpleTlv } from "./card-tlv.ts";

/** How a card left the personalisation. */
export interface CardSettings {
  /** 16 octets, hexadecimal; the serial number by which the card is known. */
  readonly guid: string;
  readonly pin: string;
  /** AES-192, hexadecimal. */
  readonly managementKey: string;
  /** A YubiKey from 5.3 on also tells metadata. */
  readonly version: readonly [number, number, number];
}

/**
 * A YubiKey 4's: OpenSC 0.23 offers elliptic curves for cards it knows only.
 */
export const yubikeyAtr = Buffer.from("3bf81300008131fe15597562696b657934d4", "hex");

const applicationId = Buffer.from("a000000308000010000100", "hex");
/** Another application on the same card, which knows no command of PIV's. */
export const otherApplicationId = Buffer.from("d27600012401", "hex");
/** The FASC-N that says "not an agency of the United States": the GUID names the card. */
const nonFederalFascn = Buffer.from("d4e739da739ced39ce739d836858210842108421c84210c3eb", "hex");
const maximumTries = 3;
const slots: readonly number[] = [
  0x9a,
  0x9c,
  0x9d,
  0x9e,
  ...Array.from({ length: 20 }, (_, index) => 0x82 + index),
];
const slotWithoutPin = 0x9e;
const slotWithPinAlways = 0x9c;

/**
 * Of an answer in one piece, besides the status word: the virtual reader's protocol is quicker when all is shorter than 256
 * octets, and GET RESPONSE is exercised.
 */
const maximumPiece = 240;

const statuses = {
  success: 0x9000,
  wrongLength: 0x6700,
  securityNotSatisfied: 0x6982,
  blocked: 0x6983,
  wrongData: 0x6a80,
  notFound: 0x6a82,
  wrongParameters: 0x6a86,
  referenceNotFound: 0x6a88,
  unknownInstruction: 0x6d00,
} as const;

interface Command {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Buffer;
}

interface Answer {
  readonly data?: Buffer;
  readonly status: number;
}

/** A PIV card (SP 800-73-4 Part 2) in software: for tests of what talks to cards, and no protection for any key. */
export class VirtualPivCard {
  readonly #settings: CardSettings;
  readonly #objects = new Map<number, Buffer>();
  readonly #keys = new Map<number, CardKey>();
  #tries = maximumTries;
  /** How often each instruction came, by its octet; VERIFY without data is not counted. */
  readonly #counts = new Map<number, number>();
  #isSelected = false;
  #isPinGiven = false;
  /** The PIN was the last thing that was given. */
  #isPinFresh = false;
  #isManaged = false;
  #witness: Buffer | undefined;
  #chain: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);

  constructor(settings: CardSettings) {
    this.#settings = settings;
    const guid = Buffer.from(settings.guid, "hex");
    const chuid = Buffer.concat([
      simpleTlv(0x30, nonFederalFascn),
      simpleTlv(0x34, guid),
      simpleTlv(0x35, Buffer.from("20491231", "latin1")),
      simpleTlv(0x3e, Buffer.alloc(0)),
      simpleTlv(0xfe, Buffer.alloc(0)),
    ]);
    this.#objects.set(0x5fc102, simpleTlv(0x53, chuid));
    const ccc = Buffer.concat([
      simpleTlv(0xf0, Buffer.concat([Buffer.from("a000000116ff02", "hex"), guid.subarray(2)])),
    ]);
    this.#objects.set(0x5fc107, simpleTlv(0x53, ccc));
    const policy = simpleTlv(0x5f2f, Buffer.of(0x40, 0x00));
    this.#objects.set(0x7e, simpleTlv(0x7e, Buffer.concat([simpleTlv(0x4f, applicationId), policy])));
  }

  /** Power off or reset: the card forgets who has proven what. */
  reset(): void {
    this.#isSelected = false;
    this.#isPinGiven = false;
    this.#isPinFresh = false;
    this.#isManaged = false;
    this.#witness = undefined;
    this.#chain = [];
    this.#rest = Buffer.alloc(0);
  }

  countOf(instruction: number): number {
    return this.#counts.get(instruction) ?? 0;
  }

  /** Puts a key there, as a personalisation does. */
  putKey(slot: number, key: CardKey): void {
    this.#keys.set(slot, key);
  }

  /** Puts an object there, as a personalisation does. */
  putObject(tag: number, value: Buffer): void {
    this.#objects.set(tag, value);
  }

  answer(apdu: Buffer): Buffer {
    const command = parseCommand(apdu);
    if (command === undefined) return withStatus({ status: statuses.wrongLength });
    if (command.ins === 0xc0) return this.#nextPiece();
    this.#rest = Buffer.alloc(0);
    if ((command.cla & 0x10) !== 0) {
      this.#chain.push(command.data);
      return withStatus({ status: statuses.success });
    }
    const data = Buffer.concat([...this.#chain, command.data]);
    this.#chain = [];
    if (command.ins !== 0x20 || data.length > 0) {
      this.#counts.set(command.ins, this.countOf(command.ins) + 1);
    }
    const answer = this.#execute({ ...command, data });
    if (answer.status !== statuses.success) return withStatus(answer);
    this.#rest = answer.data ?? Buffer.alloc(0);
    return this.#nextPiece();
  }

  #nextPiece(): Buffer {
    const piece = this.#rest.subarray(0, maximumPiece);
    this.#rest = this.#rest.subarray(maximumPiece);
    const more = this.#rest.length;
    return withStatus({
      data: piece,
      status: more === 0 ? statuses.success : 0x6100 | Math.min(more, maximumPiece),
    });
  }

  #execute(command: Command): Answer {
    if (command.ins === 0xa4) return this.#select(command);
    if (!this.#isSelected) return { status: statuses.unknownInstruction };
    const isFresh = this.#isPinFresh;
    // "PIN always" means that nothing may come between the PIN and the signature.
    this.#isPinFresh = false;
    const handlers: Readonly<Record<number, () => Answer>> = {
      0x20: () => this.#verify(command),
      0x47: () => this.#generate(command),
      0x87: () => this.#authenticate(command, isFresh),
      0xcb: () => this.#getData(command),
      0xdb: () => this.#putData(command),
      0xf7: () => this.#metadata(command),
      0xfd: () => ({ data: Buffer.from(this.#settings.version), status: statuses.success }),
    };
    return handlers[command.ins]?.() ?? { status: statuses.unknownInstruction };
  }

  #select({ p1, data }: Command): Answer {
    const isPiv = p1 === 0x04 && data.length >= 9 && applicationId.subarray(0, data.length).equals(data);
    if (otherApplicationId.equals(data)) {
      this.reset();
      return { status: statuses.success };
    }
    // A SELECT that fails leaves PIV selected (SP 800-73-4 Part 2 §3.1.1).
    if (!isPiv) return { status: statuses.notFound };
    this.#isSelected = true;
    const property = Buffer.concat([
      simpleTlv(0x4f, Buffer.from("000010000100", "hex")),
      simpleTlv(0x79, simpleTlv(0x4f, Buffer.from("a000000308", "hex"))),
    ]);
    return { data: simpleTlv(0x61, property), status: statuses.success };
  }

  #verify({ p1, p2, data }: Command): Answer {
    if (p2 !== 0x80) return { status: statuses.referenceNotFound };
    if (p1 === 0xff) {
      this.#isPinGiven = false;
      return { status: statuses.success };
    }
    if (this.#tries === 0) return { status: statuses.blocked };
    if (data.length === 0) return { status: this.#isPinGiven ? statuses.success : 0x63c0 | this.#tries };
    const right = Buffer.alloc(8, 0xff);
    right.write(this.#settings.pin, "latin1");
    this.#isPinGiven = data.length === 8 && timingSafeEqual(data, right);
    this.#isPinFresh = this.#isPinGiven;
    this.#tries = this.#isPinGiven ? maximumTries : this.#tries - 1;
    return { status: this.#isPinGiven ? statuses.success : 0x63c0 | this.#tries };
  }

  #generate({ p2, data }: Command): Answer {
    if (!this.#isManaged) return { status: statuses.securityNotSatisfied };
    if (!slots.includes(p2)) return { status: statuses.wrongParameters };
    const algorithm = findObject(findObject(data, 0xac) ?? Buffer.alloc(0), 0x80)?.[0] ?? 0;
    const key = makeCardKey(algorithm);
    if (key === undefined) return { status: statuses.wrongData };
    this.#keys.set(p2, key);
    return { data: simpleTlv(0x7f49, publicTemplate(key)), status: statuses.success };
  }

  #authenticate({ p1, p2, data }: Command, isPinFresh: boolean): Answer {
    const members = objectsIn(findObject(data, 0x7c) ?? Buffer.alloc(0));
    if (p2 === 0x9b) return this.#authenticateManagement(p1, members);
    const key = this.#keys.get(p2);
    if (key?.algorithm !== p1) return { status: statuses.wrongParameters };
    const isAllowed = p2 === slotWithoutPin || (this.#isPinGiven && (p2 !== slotWithPinAlways || isPinFresh));
    if (!isAllowed) return { status: statuses.securityNotSatisfied };
    const [challenge, point] = [members.get(0x81), members.get(0x85)];
    const response = point === undefined ? respond(key, challenge ?? Buffer.alloc(0)) : agree(key, point);
    if (response === undefined) return { status: statuses.wrongData };
    return { data: simpleTlv(0x7c, simpleTlv(0x82, response)), status: statuses.success };
  }

  /** Mutual authentication (SP 800-73-4 Part 2 Appendix A.1): a witness, then the host's challenge. */
  #authenticateManagement(algorithm: number, members: ReadonlyMap<number, Buffer>): Answer {
    if (algorithm !== 0x0a) return { status: statuses.wrongParameters };
    const [witness, challenge] = [members.get(0x80), members.get(0x81)];
    const expected = this.#witness;
    this.#witness = undefined;
    if (witness?.length === 0) {
      this.#witness = randomBytes(16);
      const data = simpleTlv(0x7c, simpleTlv(0x80, this.#encrypt(this.#witness)));
      return { data, status: statuses.success };
    }
    if (challenge?.length !== 16 || expected === undefined || witness?.equals(expected) !== true) {
      return { status: statuses.securityNotSatisfied };
    }
    this.#isManaged = true;
    return { data: simpleTlv(0x7c, simpleTlv(0x82, this.#encrypt(challenge))), status: statuses.success };
  }

  #encrypt(block: Buffer): Buffer {
    const cipher = createCipheriv("aes-192-ecb", Buffer.from(this.#settings.managementKey, "hex"), null);
    return cipher.setAutoPadding(false).update(block);
  }

  #getData({ p1, p2, data }: Command): Answer {
    if (p1 !== 0x3f || p2 !== 0xff) return { status: statuses.wrongParameters };
    const object = this.#objects.get(tagIn(data));
    return object === undefined ? { status: statuses.notFound } : { data: object, status: statuses.success };
  }

  #putData({ data }: Command): Answer {
    if (!this.#isManaged) return { status: statuses.securityNotSatisfied };
    const content = findObject(data, 0x53);
    if (content === undefined) return { status: statuses.wrongData };
    if (content.length === 0) this.#objects.delete(tagIn(data));
    else this.#objects.set(tagIn(data), simpleTlv(0x53, content));
    return { status: statuses.success };
  }

  #metadata({ p2 }: Command): Answer {
    const [major, minor] = this.#settings.version;
    if (major < 5 || (major === 5 && minor < 3)) return { status: statuses.unknownInstruction };
    if (p2 === 0x80) return { data: simpleTlv(0x05, Buffer.of(0)), status: statuses.success };
    const key = this.#keys.get(p2);
    if (key === undefined) return { status: statuses.referenceNotFound };
    const pinPolicy = p2 === slotWithPinAlways ? 3 : 2;
    const data = Buffer.concat([
      simpleTlv(0x01, Buffer.of(key.algorithm)),
      simpleTlv(0x02, Buffer.of(pinPolicy, 1)),
      simpleTlv(0x03, Buffer.of(1)),
      simpleTlv(0x04, publicTemplate(key)),
    ]);
    return { data, status: statuses.success };
  }
}

function publicTemplate(key: CardKey): Buffer {
  return Buffer.concat(publicMembers(key).map(([tag, value]) => simpleTlv(tag, value)));
}

function tagIn(data: Buffer): number {
  const list = findObject(data, 0x5c) ?? Buffer.alloc(0);
  return list.reduce((tag, octet) => (tag << 8) | octet, 0);
}

function withStatus({ data = Buffer.alloc(0), status }: Answer): Buffer {
  return Buffer.concat([data, Buffer.of(status >> 8, status & 0xff)]);
}

/** ISO/IEC 7816-4 §5.1, short and extended; undefined for lengths that do not fit. */
function parseCommand(apdu: Buffer): Command | undefined {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0] = apdu;
  const body = apdu.subarray(4);
  const header = { cla, ins, p1, p2 };
  if (apdu.length < 4) return undefined;
  if (body.length <= 1) return { ...header, data: Buffer.alloc(0) };
  const isExtended = body[0] === 0;
  if (isExtended && body.length === 3) return { ...header, data: Buffer.alloc(0) };
  const length = isExtended ? body.readUInt16BE(1) : (body[0] ?? 0);
  const start = isExtended ? 3 : 1;
  const after = body.length - start - length;
  if (after < 0 || after > 2) return undefined;
  return { ...header, data: body.subarray(start, start + length) };
}
