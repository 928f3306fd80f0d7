import { createPrivateKey, sign } from "node:crypto";

import { createSigningParties } from "../testing/signing-parties.ts";
import { createSigningIdentity, prepareSignedData } from "../src/cms/index.ts";
import { assembleSignedData } from "../src/cms/prepare-signed-data.ts";
import { compared, mustHold, randomOf, rateOf, ratesOf, scriptPace } from "./measure.ts";
import type { Measurement } from "./measure.ts";

const bare = "node:crypto P-256 sign";
const subject = "CMS SignedData, P-256, detached";

/**
 * What a CMS signature costs beyond the signature itself. Both sides sign by node:crypto; the check of each value before
 * it leaves, which a service never goes without, is left out, because it would measure verification.
 */
export async function benchCms(): Promise<Measurement[]> {
  const { signer } = await createSigningParties("ES256");
  const key = createPrivateKey({ key: Buffer.from(signer.pkcs8), format: "der", type: "pkcs8" });
  const identity = createSigningIdentity({ certificate: signer.certificate });
  const bytes = randomOf(1024);
  const signingTime = new Date("2026-06-01T00:00:00Z");
  const signCms = (): Uint8Array => {
    const prepared = prepareSignedData({
      content: { kind: "detached", bytes },
      signers: [{ identity, flavour: "cades", signingTime }],
    });
    const values = prepared.signers.map(({ toSign }) => new Uint8Array(sign("sha256", toSign, key)));
    return assembleSignedData(prepared, values);
  };
  mustHold(signCms().length > signer.certificate.raw.length, "the message holds its certificate");
  const rates = ratesOf(
    [
      { name: bare, run: () => void sign("sha256", bytes, key) },
      { name: subject, run: () => void signCms() },
    ],
    scriptPace,
  );
  return [
    compared(
      { subject, operation: "sign", unit: "1/s" },
      rateOf(rates, subject),
      { name: bare, value: rateOf(rates, bare) },
      { of: "ratio", atLeast: 0.6 },
    ),
  ];
}
