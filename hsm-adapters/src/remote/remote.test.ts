import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectPlain, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions } from "node:tls";

import { utf8Of } from "@yinxin/crypto/bytes";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { createTlsAuthority } from "../../testing/tls-parties.ts";
import type { TlsAuthority, TlsParty } from "../../testing/tls-parties.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import { openEncryptedFileKeyStore } from "../encrypted-file/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStore, KeyUri } from "../key-store/index.ts";
import { clientFingerprint, openRemoteKeyStore, remoteKeyUri, serveKeyStore } from "./index.ts";
import type { RemoteKeyStoreOptions, RemoteServerEvent, ServeKeyStoreOptions } from "./index.ts";

const serverName = "keys.example";
let folder: string;
let authority: TlsAuthority;
let serverParty: TlsParty;
let client: TlsParty;
let stranger: TlsParty;
/** Two keys; the client may use the first. */
let store: KeyStore;
let ours: KeyUri;
let theirs: KeyUri;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-remote-"));
  authority = await createTlsAuthority();
  [serverParty, client, stranger] = await Promise.all([
    authority.server(serverName),
    authority.client("service"),
    authority.client("stranger"),
  ]);
  store = await openFiles("shared");
  ours = (await store.generation?.generate({ label: "ours", algorithm: "ES256" }))?.uri ?? "file:none";
  theirs = (await store.generation?.generate({ label: "theirs", algorithm: "ES256" }))?.uri ?? "file:none";
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const openFiles = (name: string) =>
  openEncryptedFileKeyStore({ folder: join(folder, name), passphrase: utf8Of("a passphrase"), randomBytes });

/** A bare connection with the client's certificate, past the adapter. */
const connectAsClient = (port: number, options: ConnectionOptions = {}) =>
  connectTls({
    port,
    host: "127.0.0.1",
    servername: serverName,
    ca: Buffer.from(authority.certificate),
    cert: Buffer.from(client.certificate),
    key: Buffer.from(client.key),
    ALPNProtocols: ["yinxin-keys/1"],
    ...options,
  });

async function serve(options: Partial<ServeKeyStoreOptions> = {}) {
  const server = await serveKeyStore({
    store,
    listen: { host: "127.0.0.1", port: 0 },
    ...serverParty,
    clientCa: authority.certificate,
    allow: new Map([[clientFingerprint(client.certificate), [ours]]]),
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

const optionsFor = (port: number): RemoteKeyStoreOptions => ({
  host: "127.0.0.1",
  port,
  server: serverName,
  ...client,
  ca: authority.certificate,
});

async function open(port: number, options: Partial<RemoteKeyStoreOptions> = {}): Promise<KeyStore> {
  const opened = await openRemoteKeyStore({ ...optionsFor(port), ...options });
  onTestFinished(() => opened.close());
  return opened;
}

/** A network between: hands everything on to the port until it is cut or swallows. */
async function network(port: number) {
  const sockets = new Set<Socket>();
  let isSwallowing = false;
  let accepted = 0;
  const server = createServer((near) => {
    accepted += 1;
    const far = connectPlain(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (!isSwallowing) to.write(chunk);
      });
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    swallow: (isSo: boolean) => (isSwallowing = isSo),
    accepted: () => accepted,
  };
}

exerciseKeyStore(
  "a folder of encrypted files on another host",
  ["ES256", "SM2", "Ed25519", "RS256"],
  async () => {
    const behind = await openFiles("exercised");
    const allowed: KeyUri[] = [];
    const server = await serveKeyStore({
      store: behind,
      listen: { host: "127.0.0.1", port: 0 },
      ...serverParty,
      clientCa: authority.certificate,
      allow: new Map([[clientFingerprint(client.certificate), allowed]]),
    });
    return {
      open: () => openRemoteKeyStore(optionsFor(server.port)),
      provision: async (label, algorithm) => {
        const made = await behind.generation?.generate({ label, algorithm });
        if (made === undefined) throw new Error("a folder makes keys");
        allowed.push(made.uri);
        return remoteKeyUri(serverName, made.uri);
      },
      unknownUri: remoteKeyUri(serverName, "file:nobody"),
      dispose: async () => {
        await server.close();
        await behind.close();
      },
    };
  },
  { faces: [] },
);

describe("a client of a remote key store", () => {
  it("sees only the keys that it may use, and learns nothing of the others", async () => {
    const remote = await open((await serve()).port);
    expect((await remote.list()).map(({ uri }) => uri)).toEqual([remoteKeyUri(serverName, ours)]);
    const refusals = [theirs, "file:nobody" as const].map((uri) =>
      remote.signer(remoteKeyUri(serverName, uri)).catch((cause: unknown) => cause),
    );
    for (const refusal of await Promise.all(refusals))
      expect(refusal).toMatchObject({ code: "key-not-found" });
    await expect(remote.signer(ours)).rejects.toMatchObject({ code: "key-not-found" });
  });

  it("loses a key as soon as it is taken from the list, and everything with the last entry", async () => {
    const fingerprint = clientFingerprint(client.certificate);
    const allow = new Map([[fingerprint, [ours]]]);
    const remote = await open((await serve({ allow })).port);
    const signer = await remote.signer(remoteKeyUri(serverName, ours));
    await signer.sign({ message: utf8Of("one") });
    allow.set(fingerprint, []);
    await expect(signer.sign({ message: utf8Of("two") })).rejects.toMatchObject({ code: "key-not-found" });
    allow.delete(fingerprint);
    await expect(signer.sign({ message: utf8Of("three") })).rejects.toMatchObject({ code: "not-permitted" });
  });

  it("is refused with a certificate that is not listed, is of another authority, or is missing", async () => {
    const events: RemoteServerEvent[] = [];
    const { port } = await serve({ log: (event) => events.push(event) });
    await expect(open(port, stranger)).rejects.toMatchObject({ code: "not-permitted" });
    const foreign = await (await createTlsAuthority()).client("service");
    await expect(open(port, foreign)).rejects.toMatchObject({ code: "device-unreachable" });
    const anonymous = await new Promise<string>((resolve) => {
      const socket = connectTls({
        port,
        host: "127.0.0.1",
        servername: serverName,
        ca: Buffer.from(authority.certificate),
      });
      socket.on("error", (cause: Error) => {
        resolve(cause.message);
      });
    });
    expect(anonymous).toMatch(/certificate required|ECONNRESET|alert/i);
    expect(events.map(({ event }) => event)).not.toContain("client-connected");
    expect(events.filter(({ event }) => event === "client-refused").length).toBeGreaterThanOrEqual(3);
  });

  it("does not talk to a server of another name or authority, nor by an older protocol", async () => {
    const { port } = await serve();
    await expect(open(port, { server: "other.example" })).rejects.toMatchObject({
      code: "device-unreachable",
    });
    const { certificate: ca } = await createTlsAuthority();
    await expect(open(port, { ca })).rejects.toMatchObject({ code: "device-unreachable" });
    const older = await new Promise<string>((resolve) => {
      const socket = connectAsClient(port, { maxVersion: "TLSv1.2" });
      socket.on("error", (cause: Error) => {
        resolve(cause.message);
      });
      socket.on("secureConnect", () => {
        resolve("connected");
      });
    });
    expect(older).not.toBe("connected");
  });

  it("says who cannot be reached, and what in its configuration is wrong", async () => {
    const { port } = await serve();
    const nobody = await network(port);
    nobody.cut();
    await expect(open(1)).rejects.toMatchObject({
      code: "device-unreachable",
      message: expect.stringContaining("127.0.0.1:1 cannot be reached") as string,
    });
    for (const wrong of [
      { key: utf8Of("no key") },
      { certificate: stranger.certificate },
      { ca: utf8Of("no certificate") },
    ]) {
      const code = "ca" in wrong ? /device-unreachable|configuration-malformed/ : /configuration-malformed/;
      const refusal: unknown = await open(port, wrong).catch((cause: unknown) => cause);
      expect((refusal as KeyStoreError).code).toMatch(code);
      expect(String(refusal)).not.toContain("PRIVATE");
    }
  });

  it("connects again after the network was cut, and loses no signature", async () => {
    const between = await network((await serve()).port);
    const remote = await open(between.port);
    const signer = await remote.signer(remoteKeyUri(serverName, ours));
    const signing = Array.from({ length: 20 }, (_, at) => signer.sign({ message: utf8Of(String(at)) }));
    between.cut();
    expect(new Set((await Promise.all(signing)).map(String)).size).toBe(20);
    expect(between.accepted()).toBeGreaterThanOrEqual(2);
    expect(await remote.list()).toHaveLength(1);
    const { state, counters } = await remote.health();
    expect({ state, signatures: counters?.signatures }).toEqual({ state: "ready", signatures: 20 });
    expect(counters?.hostRestarts).toBeGreaterThanOrEqual(1);
  });

  it("gives up a server that went silent, and finds it again", async () => {
    const between = await network((await serve()).port);
    const remote = await open(between.port, { deadlineMilliseconds: 3_000 });
    const signer = await remote.signer(remoteKeyUri(serverName, ours));
    between.swallow(true);
    await expect(signer.sign({ message: utf8Of("lost") })).rejects.toMatchObject({
      code: "deadline-exceeded",
    });
    expect(await remote.health()).toMatchObject({ state: "offline" });
    between.swallow(false);
    expect(await signer.sign({ message: utf8Of("found") })).toBeInstanceOf(Uint8Array);
  });

  it("takes a signature from nobody that is not one of the key", async () => {
    const forging: KeyStore = {
      ...proxyOf(store),
      signer: async (uri, algorithm) => ({
        ...(await store.signer(uri, algorithm)),
        sign: async () => (await store.signer(theirs)).sign({ message: utf8Of("something else") }),
      }),
    };
    const remote = await open((await serve({ store: forging })).port);
    const signer = await remote.signer(remoteKeyUri(serverName, ours));
    await expect(signer.sign({ message: utf8Of("mine") })).rejects.toMatchObject({
      code: "self-check-failed",
    });
  });

  it("is told the class of an error, and no path or vendor's word", async () => {
    const failing: KeyStore = {
      ...proxyOf(store),
      list: () =>
        Promise.reject(
          new KeyStoreError("library-not-loadable", "/opt/vendor/secret.so", {
            facts: { library: "/opt/vendor/secret.so" },
          }),
        ),
      refresh: () => Promise.reject(new TypeError("at /srv/code.ts")),
    };
    const remote = await open((await serve({ store: failing })).port);
    const refusal: unknown = await remote.list().catch((cause: unknown) => cause);
    expect(refusal).toMatchObject({ code: "library-not-loadable", facts: {} });
    expect(String(refusal)).not.toContain("/opt");
    await expect(remote.refresh()).rejects.toMatchObject({
      code: "device-error",
      message: expect.not.stringContaining("/srv") as string,
    });
  });

  it("signs no more than a server takes at once", async () => {
    const remote = await open((await serve()).port);
    const signer = await remote.signer(remoteKeyUri(serverName, ours));
    await expect(signer.sign({ message: new Uint8Array(1024 * 1024 + 1) })).rejects.toMatchObject({
      code: "operation-not-supported",
    });
    expect(await signer.sign({ message: new Uint8Array(1024 * 1024) })).toBeInstanceOf(Uint8Array);
  });
});

describe("a server of a key store", () => {
  it("ends a client that sends what is no call, and serves the others", async () => {
    const { port } = await serve();
    const remote = await open(port);
    for (const garbage of [
      Buffer.alloc(64, 0xff),
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.from([0, 0, 0, 5, 0, 0, 0, 1, 99]),
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connectAsClient(port);
        socket.on("secureConnect", () => socket.write(garbage));
        socket.on("error", () => undefined);
        socket.on("close", () => {
          resolve();
        });
      });
    }
    expect(await remote.list()).toHaveLength(1);
  });

  it("refreshes and lists once for all who ask at once", async () => {
    const calls = { refresh: 0, list: 0 };
    const counted: KeyStore = {
      ...proxyOf(store),
      refresh: () => ((calls.refresh += 1), store.refresh()),
      list: () => ((calls.list += 1), store.list()),
    };
    const remote = await open((await serve({ store: counted })).port);
    await Promise.all(Array.from({ length: 100 }, () => remote.refresh()));
    expect(calls.refresh).toBeLessThanOrEqual(2);
    await Promise.all(Array.from({ length: 100 }, () => remote.list()));
    expect(calls.list).toBeLessThanOrEqual(2);
  });

  it("sets aside no more than it may for one client, and tells it so", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow: KeyStore = {
      ...proxyOf(store),
      signer: async (uri) => {
        const signer = await store.signer(uri);
        return { ...signer, sign: (input) => held.then(() => signer.sign(input)) };
      },
    };
    const remote = await open((await serve({ store: slow })).port);
    const signer = await remote.signer(remoteKeyUri(serverName, ours));
    const message = new Uint8Array(1024 * 1024);
    const waiting = Array.from({ length: 16 }, () => signer.sign({ message }));
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "device-busy" });
    release();
    expect((await Promise.all(waiting)).length).toBe(16);
    expect(await signer.sign({ message })).toBeInstanceOf(Uint8Array);
  });

  it("resumes no session: each connection shows its certificate", async () => {
    const { port } = await serve();
    const connectWith = (session?: Buffer) =>
      new Promise<{ session: Buffer | undefined; isReused: boolean }>((resolve, reject) => {
        let ticket: Buffer | undefined;
        const socket = connectAsClient(port, { session });
        socket.on("session", (given: Buffer) => (ticket = given));
        socket.on("error", reject);
        // A call that is answered: what the server has to say of sessions came before.
        socket.on("secureConnect", () => socket.write(Buffer.from([0, 0, 0, 6, 0, 0, 0, 1, 1, 0])));
        socket.on("data", () => {
          resolve({ session: ticket, isReused: socket.isSessionReused() });
          socket.destroy();
        });
      });
    const { session } = await connectWith();
    expect(await connectWith(session)).toMatchObject({ isReused: false });
  });

  it("lets a client open eight connections and no more", async () => {
    const { port } = await serve();
    for (let at = 0; at < 8; at += 1) await open(port);
    await expect(open(port)).rejects.toMatchObject({ code: "device-unreachable" });
  });
});

/** The members of a store that live in its prototype, too. */
function proxyOf(behind: KeyStore): KeyStore {
  return {
    signer: (uri, algorithm) => behind.signer(uri, algorithm),
    list: () => behind.list(),
    refresh: () => behind.refresh(),
    health: () => behind.health(),
    close: () => behind.close(),
  };
}
