import { isRefusal } from "@yinxin/service-kit/problems";
import { errors } from "oidc-provider";

import type { RequestTokenKeys } from "./library-keystore.ts";
import type { TokenKey } from "./ports.ts";

/** Records a use of the token key and lets the library sign with that key. */
export type ChooseKey = (record: () => Promise<TokenKey>) => Promise<void>;

/**
 * A refusal of the key (suspended, frozen, at its limit) is for the client a service that is away for a while, with the
 * code as the description: what a client can do about it is to try again (RFC 6749 §5.2 leaves room for more codes).
 */
export function createChooseKey(requests: () => RequestTokenKeys): ChooseKey {
  return async (record) => {
    try {
      requests().choose(await record());
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      const error = new errors.TemporarilyUnavailable(cause.code, { cause });
      throw Object.assign(error, { status: 503, statusCode: 503 });
    }
  };
}
