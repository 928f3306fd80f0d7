import { utf8Of } from "@yinxin/crypto/bytes";
import { certificateDigestOf } from "@yinxin/service-kit/approvals";
import type { Fetch } from "@yinxin/service-kit/auth";
import { signRequest } from "@yinxin/service-kit/message-signatures";

import type { OfficerKey } from "../keys/officer-key.ts";
import type { Terminal } from "../terminal/index.ts";

/** The officer's key could not be had, or did not sign; `cause` says why. */
export class OfficerKeyTrouble extends Error {
  constructor(cause: unknown) {
    super("the officer's key does not sign", { cause });
    this.name = "OfficerKeyTrouble";
  }
}

/** `fetch`, each request signed with the officer's key (RFC 9421 §3.1): method, address and body, once and for a minute. */
export function signedFetch(identity: () => Promise<OfficerKey>, terminal: Terminal): Fetch {
  const { now, randomBytes } = terminal;
  return async (input, init) => {
    if (typeof input !== "string") throw new TypeError("only addresses as text are signed");
    const request = {
      method: init?.method ?? "GET",
      url: input,
      ...(typeof init?.body === "string" ? { body: utf8Of(init.body) } : {}),
    };
    const signed = await identity()
      .then(({ signer, certificate }) =>
        signRequest({ signer, keyId: certificateDigestOf(certificate) }, request, {
          now: now(),
          randomBytes,
        }),
      )
      .catch((cause: unknown) => {
        throw new OfficerKeyTrouble(cause);
      });
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(signed)) headers.set(name, value);
    return await globalThis.fetch(input, { ...init, headers });
  };
}
