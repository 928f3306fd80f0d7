import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { connectInProcess } from "../src/driver/index.ts";
import { openKeyDirectory } from "../src/key-directory/index.ts";
import { createKey, fileKeyUri } from "../src/key-store/index.ts";
import { noPin } from "../src/pin/index.ts";
import { driver } from "../src/simulator/index.ts";
import { openTokenKeyStore } from "../src/token/index.ts";
import { verifyInProcess } from "../src/verifier/index.ts";

/**
 * A program of its own: makes a key for each label in the directory of a folder, all at once. The test runs several at a time.
 *
 * usage: make-directory-keys.ts FOLDER LABEL…
 */
const [folder = "", ...labels] = process.argv.slice(2);
const store = await openTokenKeyStore({
  connect: () => connectInProcess(driver, { folder: join(folder, "maker"), serial: "maker" }),
  pin: noPin,
  verifier: verifyInProcess,
  mode: "sandbox",
});
const directory = await openKeyDirectory({
  file: join(folder, "directory.json"),
  stores: [{ name: "maker", scheme: "simulator", store }],
  routes: [{ algorithms: ["ES256"], store: "maker" }],
  randomBytes,
});
await Promise.all(labels.map((label) => createKey(directory, fileKeyUri(label), "ES256")));
await directory.close();
