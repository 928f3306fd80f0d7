import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { base64Of, pemOfDer } from "@yinxin/crypto/bytes";
import type { Signer } from "@yinxin/crypto/signer";
import { createCompactJws, publicJwkOfSpki } from "@yinxin/crypto/tokens";
import type { PublicEcJwk } from "@yinxin/crypto/tokens";
import { fileKeyUri, openOrGenerateKey } from "@yinxin/hsm-adapters/key-store";

import { manifestType } from "../../services/sso/src/domain/signed-manifest.ts";
import { hashPassword } from "../../services/sso/src/passwords/index.ts";
import type { Layout } from "./layout.ts";
import { prepareGovernance } from "./officers.ts";
import { clientsOf, organizations, people } from "./population.ts";
import { openStore } from "./stores.ts";

/** Where the demo's own files are; each service has its folder beside them. */
export function demoFiles(data: string) {
  return {
    passphrase: join(data, "passphrase"),
    passwords: join(data, "passwords.txt"),
    people: join(data, "people.json"),
    manifest: join(data, "bootstrap.jws"),
    bootstrapKey: join(data, "bootstrap.pub.pem"),
    clientKeys: join(data, "client-keys.json"),
    trust: join(data, "trust.pem"),
    seeded: join(data, "seeded.json"),
  };
}

const clientKeyUri = fileKeyUri("client");

/**
 * Makes what must exist before the services start: the passphrase, the key of every client in its own key store, people
 * with random passwords, and the manifest that tells the sign-on service of them, signed by the bootstrap key. What is
 * there already is kept; only the manifest is written anew, since it holds addresses.
 */
export async function prepareData(layout: Layout): Promise<void> {
  const files = demoFiles(layout.data);
  mkdirSync(layout.data, { recursive: true, mode: 0o700 });
  chmodSync(layout.data, 0o700);
  if (!existsSync(files.passphrase)) writePrivate(files.passphrase, base64Of(randomBytes(24)));
  const hashes = await passwordHashes(files);
  const keys = await firstClientKeys(layout, files.clientKeys);
  const clients = clientsOf(layout).map((client) => {
    return {
      client_id: client.clientId,
      name: client.name,
      jwk: keys[client.clientId],
      grant_types: client.grantTypes,
      redirect_uris: client.redirectUris,
      post_logout_redirect_uris: client.postLogoutRedirectUris,
      scope: client.scope,
      entitlements: client.entitlements,
    };
  });
  const bootstrap = await openClientKey(layout.data, "bootstrap");
  const manifest = {
    organizations,
    people: people.map((person) => ({ ...person, password_hash: hashes[person.username] })),
    clients,
  };
  writePrivate(files.manifest, await createCompactJws(bootstrap, { typ: manifestType }, manifest));
  writePrivate(files.bootstrapKey, pemOfDer(bootstrap.publicKey, "PUBLIC KEY"));
  await prepareGovernance(layout);
}

/**
 * The key that each client began with. Written down once: a service rotates its key with the sign-on service by itself, and
 * the first one is then gone from its store.
 */
async function firstClientKeys(layout: Layout, file: string): Promise<Record<string, PublicEcJwk>> {
  const known = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, PublicEcJwk>)
    : {};
  const keys = await Promise.all(
    clientsOf(layout).map(async ({ clientId }) => {
      const jwk = known[clientId] ?? publicJwkOfSpki(await readClientKey(layout.data, clientId));
      return [clientId, jwk] as const;
    }),
  );
  const all = { ...known, ...Object.fromEntries(keys) };
  writePrivate(file, `${JSON.stringify(all, undefined, 2)}\n`);
  return all;
}

/** The public part of a client's key; the device that it is in is closed again, because the client opens it itself. */
async function readClientKey(data: string, name: string): Promise<Uint8Array> {
  const store = await openStore(data, name);
  try {
    return (await openOrGenerateKey(store, clientKeyUri, "ES256")).publicKey;
  } finally {
    await store.close();
  }
}

/** The key with which a program proves who it is; made on first use. Only for clients whose keys are in files. */
export async function openClientKey(data: string, name: string): Promise<Signer> {
  return openOrGenerateKey(await openStore(data, name), clientKeyUri, "ES256");
}

/** Passwords are shown to the person at the keyboard in a file only they can read; people.json keeps the hashes. */
async function passwordHashes(files: ReturnType<typeof demoFiles>): Promise<Record<string, string>> {
  if (existsSync(files.people) && existsSync(files.passwords)) {
    return JSON.parse(readFileSync(files.people, "utf8")) as Record<string, string>;
  }
  const passwords = people.map(({ username, name }) => {
    const password = randomBytes(9).toString("base64url");
    return { username, name, password };
  });
  const hashed = await Promise.all(
    passwords.map(async ({ username, password }) => [username, await hashPassword(password)] as const),
  );
  const lines = passwords.map(({ username, name, password }) => `${username}\t${password}\t${name}`);
  writePrivate(files.passwords, `${lines.join("\n")}\n`);
  const hashes = Object.fromEntries(hashed);
  writePrivate(files.people, `${JSON.stringify(hashes, undefined, 2)}\n`);
  return hashes;
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
}
