import { fromBER } from "asn1js";

import { createSigningParties } from "../testing/signing-parties.ts";
import { parseDer, sequence } from "../src/der/index.ts";
import { compared, mustHold, rateOf, ratesOf, scriptPace } from "./measure.ts";
import type { Measurement } from "./measure.ts";

/** Reading DER into its tree of elements, beside the library that most of the Node world reads it with. */
export async function benchDer(): Promise<Measurement[]> {
  const { root, authority, signer } = await createSigningParties("ES256");
  const bytes = sequence(...[root, authority, signer].map(({ certificate }) => certificate.raw));
  mustHold(parseDer(bytes).raw.length === bytes.length, "all bytes are read");
  mustHold(fromBER(bytes).offset === bytes.length, "asn1js reads all bytes");
  const ours = "DER, 3 certificates";
  const rates = ratesOf(
    [
      { name: ours, run: () => void parseDer(bytes) },
      { name: "asn1js fromBER", run: () => void fromBER(bytes) },
    ],
    scriptPace,
  );
  const megabytes = (name: string): number => (rateOf(rates, name) * bytes.length) / 1e6;
  return [
    compared({ subject: ours, operation: "parse", unit: "MB/s" }, megabytes(ours), {
      name: "asn1js fromBER",
      value: megabytes("asn1js fromBER"),
    }),
  ];
}
