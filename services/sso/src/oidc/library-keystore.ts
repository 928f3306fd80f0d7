import { AsyncLocalStorage } from "node:async_hooks";
import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

import type { PublicEcJwk } from "@yinxin/crypto/tokens";
import type { Provider } from "oidc-provider";
import internalsOf from "oidc-provider/lib/helpers/weak_cache.js";

import type { PublishedTokenKeys, TokenKey } from "./ports.ts";
import { TokenSigningKey } from "./token-signing-key.ts";

/** What one request has chosen and read; it ends with the request. */
interface RequestKeys {
  signing?: TokenKey;
  known?: readonly PublicEcJwk[];
}

/** The token keys of the request that is under way, wherever the library's code has got to. */
export interface RequestTokenKeys {
  /** Answers a request; what is chosen in it is forgotten after it. */
  run(answer: () => void): void;
  /** Chooses the key of the token that the library signs next in this request. Its use has been recorded. */
  choose(key: TokenKey): void;
}

/**
 * Lets a provider sign with whatever key the request has chosen, and check its own earlier ID tokens against the keys as
 * they are at that moment. The library takes its keys when it is made and offers no way to change them; it asks its key
 * store, which is replaced here, for a key whenever it signs or checks. This file is the only one that
 * knows the library from inside (9.13: `selectForSign`, `selectForVerify`, `getKeyObject`, and `fresh`/`refresh`, by which it
 * awaits keys that have not been read yet).
 */
export function replaceKeystore(provider: Provider, published: PublishedTokenKeys): RequestTokenKeys {
  const requests = new AsyncLocalStorage<RequestKeys>();
  const internals = internalsOf(provider);
  internals.keystore = {
    selectForSign: ({ alg }: { readonly alg: string }): TokenSigningKey[] => {
      const key = requests.getStore()?.signing;
      // Without a recorded use there is no key: what the library does not tell us about, it cannot sign.
      return key === undefined || alg !== "ES256" ? [] : [new TokenSigningKey(key)];
    },
    selectForVerify: ({ alg, kid }: { readonly alg?: string; readonly kid?: string }): PublicEcJwk[] =>
      alg === "ES256" ? (requests.getStore()?.known ?? []).filter((key) => key.kid === kid) : [],
    getKeyObject: (key: TokenSigningKey | PublicEcJwk): TokenSigningKey | KeyObject =>
      key instanceof TokenSigningKey ? key : createPublicKey({ key: { ...key }, format: "jwk" }),
    fresh: (): boolean => {
      const request = requests.getStore();
      return request === undefined || request.known !== undefined;
    },
    refresh: async (): Promise<void> => {
      const known = await published.known();
      const request = requests.getStore();
      if (request !== undefined) request.known = known;
    },
  };
  // The library's own document would show the placeholder.
  internals.jwks = { keys: [] };
  return {
    run: (answer) => {
      requests.run({}, answer);
    },
    choose: (key) => {
      const request = requests.getStore();
      if (request === undefined) throw new Error("a token key was chosen outside of a request");
      request.signing = key;
    },
  };
}
