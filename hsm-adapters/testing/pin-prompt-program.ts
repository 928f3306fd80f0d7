import { createHash } from "node:crypto";

import { KeyStoreError } from "../src/key-store/index.ts";
import { pinPrompt } from "../src/pin/index.ts";

// Asks at its terminal for a PIN, and prints the PIN's digest, which the screen may show.

const source = pinPrompt({
  input: process.stdin,
  output: process.stderr,
  question: `PIN for process ${String(process.pid)}:`,
});
try {
  const pin = await source.read();
  process.stdout.write(
    `digest ${createHash("sha256")
      .update(pin ?? "")
      .digest("hex")}\n`,
  );
} catch (cause) {
  if (!(cause instanceof KeyStoreError)) throw cause;
  process.stdout.write(`refused ${cause.code}\n`);
}
