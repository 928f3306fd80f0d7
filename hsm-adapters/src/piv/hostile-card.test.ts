import { generateKeyPairSync } from "node:crypto";

import { utf8Of } from "@yinxin/crypto/bytes";
import { describe, expect, it } from "vitest";

import { algorithmNumbers, makeCardKey } from "../../testing/virtual-card/card-keys.ts";
import { VirtualPivCard } from "../../testing/virtual-card/virtual-piv-card.ts";
import { exchange, instructions } from "./apdu.ts";
import type { CardChannel } from "./apdu.ts";
import { selectPiv } from "./card-identity.ts";
import type { CardIdentity } from "./card-identity.ts";
import { readContents } from "./card-keys.ts";
import { verifyPin } from "./card-pin.ts";
import { writeCertificateObject } from "./certificate-object.ts";
import { placeholderCertificate } from "./placeholder-certificate.ts";
import { pivSlots } from "./piv-slots.ts";

const settings = {
  guid: "00112233445566778899aabbccddeeff",
  pin: "648219",
  managementKey: "00".repeat(24),
  version: [4, 3, 5],
} as const;

/** The card, but for the answers that `lies` gives in its place. */
function channelTo(
  card: VirtualPivCard,
  lies: (command: Uint8Array) => number[] | undefined = () => undefined,
  protocol: CardChannel["protocol"] = "T=1",
): CardChannel & { readonly sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  return {
    protocol,
    sent,
    transmit: (command) => {
      sent.push(command.slice());
      const lie = lies(command);
      return Promise.resolve(new Uint8Array(lie ?? card.answer(Buffer.from(command))));
    },
  };
}

const isVerify = (command: Uint8Array): boolean => command[1] === instructions.verify && command.length > 4;
const pin = (): Uint8Array => utf8Of(settings.pin);
const identity: CardIdentity = { serials: [settings.guid] };

function certificateObject(): Buffer {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  return Buffer.from(
    writeCertificateObject({
      certificate: placeholderCertificate("seal", spki),
      isOurs: true,
      label: "seal",
    }),
  );
}

describe("a PIN given to a card that answers something else", () => {
  it("is not given twice when the card calls its length wrong", async () => {
    for (const protocol of ["T=0", "T=1"] as const) {
      const channel = channelTo(
        new VirtualPivCard(settings),
        (command) => (isVerify(command) ? [0x6c, 0x08] : undefined),
        protocol,
      );
      await expect(verifyPin(channel, pin())).rejects.toMatchObject({ code: "pin-incorrect" });
      expect(channel.sent.filter(isVerify)).toHaveLength(1);
    }
  });

  it("counts as wrong whatever the answer is, so that nobody gives it again", async () => {
    // Without a number of tries; wrong length; not allowed; a vendor's own.
    for (const status of [0x6300, 0x6700, 0x6982, 0x6a80, 0x6f00]) {
      const channel = channelTo(new VirtualPivCard(settings), (command) =>
        isVerify(command) ? [status >> 8, status & 0xff] : undefined,
      );
      await expect(verifyPin(channel, pin())).rejects.toMatchObject({
        code: "pin-incorrect",
        facts: { vendor: { number: status } },
      });
    }
  });

  it("is not given with the end of a line in it", async () => {
    const channel = channelTo(new VirtualPivCard(settings));
    await selectPiv(channel);
    for (const wrong of ["648219\r", "648219\n", "6482\u00009", ""])
      await expect(verifyPin(channel, utf8Of(wrong))).rejects.toMatchObject({
        code: "pin-incorrect",
        facts: { remainingTries: 3 },
      });
    expect(channel.sent.filter(isVerify)).toHaveLength(0);
  });
});

describe("a card that answers without end", () => {
  it("is not listened to for ever, however small its pieces are", async () => {
    const channel = channelTo(new VirtualPivCard(settings), () => [0x00, 0x61, 0x01]);
    const command = { name: "GET DATA", instruction: 0xcb, parameters: [0x3f, 0xff] } as const;
    expect(await exchange(channel, command)).toMatchObject({ status: 0x6101 });
    expect(channel.sent.length).toBeLessThan(1_100);
  });
});

describe("what a card's slots hold", () => {
  const [first, second] = pivSlots;
  const tagOf = (command: Uint8Array): number =>
    command[1] === instructions.getData ? Buffer.from(command).readUIntBE(7, 3) : 0;

  it("is not thought to be nothing because the card does not say: no key is made there", async () => {
    const card = new VirtualPivCard(settings);
    const channel = channelTo(card, (command) =>
      tagOf(command) === first?.certificateTag ? [0x69, 0x82] : undefined,
    );
    await selectPiv(channel);
    const { freeSlots } = await readContents(channel, identity);
    expect(freeSlots).not.toContain(first?.name);
    expect(freeSlots).toContain(second?.name);
  });

  it("is read although another slot holds nonsense, which is not free", async () => {
    const nonsense = [
      Buffer.from("53827fff", "hex"),
      Buffer.from("5306700400000000", "hex"),
      Buffer.from("530971010170041f8b0800", "hex"),
      Buffer.from("ff", "hex"),
    ];
    for (const object of nonsense) {
      const card = new VirtualPivCard(settings);
      card.putKey(0x9c, makeCardKey(algorithmNumbers.p256) ?? expect.fail());
      card.putObject(second?.certificateTag ?? 0, certificateObject());
      card.putObject(first?.certificateTag ?? 0, object);
      const channel = channelTo(card);
      await selectPiv(channel);
      const { keys, freeSlots } = await readContents(channel, identity);
      expect(keys.map(({ key }) => key.label)).toEqual(["seal"]);
      expect(freeSlots).not.toContain(first?.name);
    }
  });

  it("is not mistaken because a card calls something long its serial number", async () => {
    const card = new VirtualPivCard({ ...settings, guid: "12".repeat(100) });
    expect(await selectPiv(channelTo(card))).toEqual({ serials: [], yubikeyVersion: "4.3.5" });
  });
});
