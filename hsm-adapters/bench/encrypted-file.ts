import { generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { compared, randomOf } from "../../crypto/bench/measure.ts";
import type { Measurement } from "../../crypto/bench/measure.ts";
import { openEncryptedFileKeyStore } from "../src/encrypted-file/index.ts";
import type { SignatureVerifier } from "../src/verifier/index.ts";
import { medianRound, pairedRounds } from "./paired-rounds.ts";
import { signUnderLoad, synchronousRate } from "./signing-load.ts";

const rounds = 5;
const roundMilliseconds = 500;

/** Keys in files, with every signature verified, beside node:crypto that signs and verifies in a loop. */
export async function benchEncryptedFile(verifier: SignatureVerifier): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-bench-"));
  const store = await openEncryptedFileKeyStore({
    folder: join(folder, "keys"),
    passphrase: randomOf(16),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    verifier,
  });
  try {
    const key = await store.generation?.generate({ label: "bench", algorithm: "ES256" });
    if (key === undefined) throw new Error("the store makes keys");
    const signer = await store.signer(key.uri);
    const bare = bareLoop();
    await signUnderLoad(signer, roundMilliseconds);
    const { subject, baseline } = medianRound(
      await pairedRounds(rounds, async () => ({
        baseline: synchronousRate(bare, roundMilliseconds),
        subject: (await signUnderLoad(signer, roundMilliseconds)).rate,
      })),
    );
    return [
      compared(
        { subject: "encrypted file P-256, verified", operation: "sign", unit: "1/s" },
        subject,
        { name: "node:crypto P-256 sign and verify", value: baseline },
        { of: "ratio", atLeast: 0.8 },
      ),
    ];
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function bareLoop(): () => void {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const message = randomOf(256);
  return () => void verify("sha256", message, publicKey, sign("sha256", message, privateKey));
}
