import { utf8Of } from "@yinxin/crypto/bytes";
import { certificateDigestOf } from "@yinxin/service-kit/approvals";
import type { Fetch } from "@yinxin/service-kit/auth";
import { signRequest } from "@yinxin/service-kit/message-signatures";

import type { OfficerKey } from "../keys/officer-key.ts";
import type { Terminal } from "../terminal/index.ts";

/** `fetch`, each request signed with the officer's key (RFC 9421 §3.1): method, address and body, once and for a minute. */
export function signedFetch(identity: () => Promise<OfficerKey>, terminal: Terminal): Fetch {
  const { now, randomBytes } = terminal;
  return async (input, init) => {
    if (typeof input !== "string") throw new TypeError("only addresses as text are signed");
    const { signer, certificate } = await identity();
    const signed = await signRequest(
      { signer, keyId: certificateDigestOf(certificate) },
      {
        method: init?.method ?? "GET",
        url: input,
        ...(typeof init?.body === "string" ? { body: utf8Of(init.body) } : {}),
      },
      { now: now(), randomBytes },
    );
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(signed)) headers.set(name, value);
    return await globalThis.fetch(input, { ...init, headers });
  };
}
