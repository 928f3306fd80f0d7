import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTlsAuthority } from "../../testing/tls-parties.ts";
import { openEncryptedFileKeyStore } from "../encrypted-file/index.ts";
import type { KeyStore } from "../key-store/index.ts";
import { clientFingerprint, serveKeyStore } from "../remote/index.ts";
import type { RemoteServer } from "../remote/index.ts";
import { verifyInProcess } from "../verifier/index.ts";
import { openStore } from "./open-store.ts";

let folder: string;
let behind: KeyStore;
let server: RemoteServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-open-remote-"));
  const authority = await createTlsAuthority();
  const [party, client] = await Promise.all([authority.server("keys.example"), authority.client("service")]);
  behind = await openEncryptedFileKeyStore({
    folder: join(folder, "keys"),
    passphrase: utf8Of("words"),
    randomBytes,
  });
  const key = await behind.generation?.generate({ label: "one", algorithm: "SM2" });
  server = await serveKeyStore({
    store: behind,
    listen: { host: "127.0.0.1", port: 0 },
    ...party,
    clientCa: authority.certificate,
    allow: new Map([[clientFingerprint(client.certificate), key === undefined ? [] : [key.uri]]]),
  });
  await writeFile(join(folder, "certificate.pem"), client.certificate);
  await writeFile(join(folder, "ca.pem"), authority.certificate);
  await writeFile(join(folder, "key.pem"), client.key, { mode: 0o400 });
  await writeFile(join(folder, "open.pem"), client.key, { mode: 0o644 });
});
afterAll(async () => {
  await server.close();
  await behind.close();
  await rm(folder, { recursive: true, force: true });
});

/** The store's URI with these parts instead of the right ones. */
function uriWith(wrong: Readonly<Record<string, string>> = {}): string {
  const right = {
    port: String(server.port),
    certificate: `file:${folder}/certificate.pem`,
    key: `file:${folder}/key.pem`,
    ca: `file:${folder}/ca.pem`,
  };
  const { port, certificate, key, ca } = { ...right, ...wrong };
  return `remote:server=keys.example;host=127.0.0.1;port=${port}?certificate=${certificate}&key=${key}&ca=${ca}`;
}

const open = (uri: string) =>
  openStore(uri, { mode: "production" }, { verifier: verifyInProcess, randomBytes });

describe("the URI of a remote store", () => {
  it("opens it, and its keys sign under URIs that name the server", async () => {
    const store = await open(uriWith());
    try {
      const [key] = await store.list();
      expect(key).toMatchObject({
        label: "one",
        algorithm: "SM2",
        uri: "remote:server=keys.example;key=file%3aone",
      });
      const message = utf8Of("印信");
      const signer = await store.signer(key?.uri ?? "file:none");
      const signature = await signer.sign({ message });
      expect(verifySignature({ algorithm: "SM2", publicKey: signer.publicKey, message, signature })).toBe(
        true,
      );
    } finally {
      await store.close();
    }
  });

  it.each([
    ["a port that is none", { port: "0" }, "configuration-malformed"],
    ["a certificate that is not there", { certificate: "file:/nowhere/c.pem" }, "configuration-malformed"],
    ["a key that is not there", { key: "file:/nowhere/k.pem" }, "configuration-malformed"],
    ["a path that is not absolute", { ca: "file:ca.pem" }, "configuration-malformed"],
  ])("is refused with %s", async (_, wrong, code) => {
    await expect(open(uriWith(wrong))).rejects.toMatchObject({ code });
  });

  it("is refused with a key that others may read", async () => {
    const refused = open(uriWith({ key: `file:${folder}/open.pem` }));
    await expect(refused).rejects.toMatchObject({ code: "key-file-permissions" });
  });
});
