import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Decryptor } from "@yinxin/crypto/enveloped";
import type { Signer } from "@yinxin/crypto/signer";

import type { DeviceAbility } from "../driver/index.ts";
import { parseKeyUri } from "../key-store/index.ts";
import type {
  CertificateStorage,
  KeyDecryption,
  KeyDescription,
  KeyDestruction,
  KeyGeneration,
  KeyImporting,
  KeyStoreHealth,
  KeyUri,
} from "../key-store/index.ts";
import { assembleTokenClient } from "./assemble-token-client.ts";
import type { TokenClient } from "./assemble-token-client.ts";
import { certificatesOf } from "./token-certificates.ts";
import { descriptionOf, mechanismFor } from "./key-finder.ts";
import { KeyMaker } from "./key-maker.ts";
import { healthOf } from "./token-health.ts";
import { createTokenDecryptor } from "./token-decryptor.ts";
import { storeClosed } from "./token-errors.ts";
import type { TokenKeyStore, TokenKeyStoreDeps } from "./token-options.ts";
import { createTokenSigner } from "./token-signer.ts";

/**
 * Opens a device that is reached through a connection, as a key store: with a pool of sessions, deadlines, retries where they do
 * no harm, another host after a crash, and every signature verified.
 *
 * @throws KeyStoreError what connecting throws (`token-not-found`, `library-not-loadable`, …) and what logging in throws
 *   (`pin-incorrect` with the tries that are left, …), unless `mustBePresent` is false; `configuration-malformed`.
 */
export async function openTokenKeyStore(deps: TokenKeyStoreDeps): Promise<TokenKeyStore> {
  const client = assembleTokenClient(deps);
  await client.supervisor.start();
  return new TokenStore(client);
}

class TokenStore implements TokenKeyStore {
  readonly #client: TokenClient;
  readonly #maker: KeyMaker;

  constructor(client: TokenClient) {
    this.#client = client;
    this.#maker = new KeyMaker({ ...client, checkOpen: this.#checkOpen });
  }

  async signer(uri: KeyUri, algorithm?: SignatureAlgorithmName): Promise<Signer> {
    this.#checkOpen();
    const key = await this.#client.finder.find(parseKeyUri(uri));
    return createTokenSigner(
      { ...this.#client, checkOpen: this.#checkOpen },
      key,
      mechanismFor(key, algorithm),
    );
  }

  async list(): Promise<readonly KeyDescription[]> {
    this.#checkOpen();
    const { caller } = this.#client;
    const keys = await caller.call(async (connection) => {
      const listed = await connection.listKeys();
      await caller.refuseHiding(connection);
      return listed;
    });
    return keys
      .flatMap((key) => descriptionOf(key) ?? [])
      .sort((left, right) => (left.uri < right.uri ? -1 : Number(left.uri !== right.uri)));
  }

  async refresh(): Promise<void> {
    this.#checkOpen();
    await this.#client.refreshing.now();
  }

  health(): Promise<KeyStoreHealth> {
    return Promise.resolve(healthOf(this.#client));
  }

  async activate(pin: Uint8Array, { allowLastTry = false } = {}): Promise<void> {
    this.#checkOpen();
    await this.#client.supervisor.activate(pin, allowLastTry);
  }

  killHost(): void {
    this.#client.supervisor.killHost();
  }

  close(): Promise<void> {
    return this.#client.supervisor.close();
  }

  get generation(): KeyGeneration | undefined {
    return this.#ifAble("generate", { generate: (request) => this.#maker.generate(request) });
  }

  get importing(): KeyImporting | undefined {
    return this.#ifAble("import", { import: (request) => this.#maker.import(request) });
  }

  get destruction(): KeyDestruction | undefined {
    return this.#ifAble("destroy", { destroy: (uri) => this.#maker.destroy(uri) });
  }

  get certificates(): CertificateStorage | undefined {
    return this.#ifAble("read-certificate", certificatesOf(this.#client, this.#checkOpen));
  }

  get decryption(): KeyDecryption | undefined {
    return this.#ifAble("decrypt", { decryptor: (uri) => this.#decryptor(uri) });
  }

  async #decryptor(uri: KeyUri): Promise<Decryptor> {
    this.#checkOpen();
    const key = await this.#client.finder.find(parseKeyUri(uri));
    return createTokenDecryptor({ ...this.#client, checkOpen: this.#checkOpen }, key);
  }

  /** What a device can do is known as soon as it was there once. */
  #ifAble<Face>(ability: DeviceAbility, face: Face): Face | undefined {
    return this.#client.supervisor.device?.can.includes(ability) === true ? face : undefined;
  }

  readonly #checkOpen = (): void => {
    if (this.#client.supervisor.isClosed()) throw storeClosed();
  };
}
