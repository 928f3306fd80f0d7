import { publicJwkOfSpki } from "@yinxin/crypto/tokens";
import type { Clock } from "@yinxin/service-kit/clock";
import type { KeyVersion } from "@yinxin/service-kit/key-rings";
import type { StepContext, StepHook } from "@yinxin/service-kit/rotations";

import type { TokenKeyDocument } from "../domain/token-key-document.ts";
import { createPublishedTokenKeys } from "./published-token-keys.ts";

export interface TokenKeyHooksDeps {
  readonly clock: Clock;
  readonly jwksMaxAgeSeconds: number;
}

/**
 * What sso does in the plans of its token ring. Nothing has to be changed by hand: the document follows the states of the
 * versions by itself, so these hooks read it as a client does and let a step end only when it is as it must be.
 */
export function tokenKeyHooks(deps: TokenKeyHooksDeps): Readonly<Record<string, StepHook>> {
  const documentOf = ({ rings, ring }: StepContext): Promise<TokenKeyDocument> =>
    createPublishedTokenKeys({ ...deps, rings }, ring.purpose).document();
  return {
    "token-key.self-test": {
      drills: true,
      run: async (context) => {
        const document = await documentOf(context);
        const shown = checkShown(document, context.next);
        if (context.old !== undefined) checkHidden(document, context.old);
        return { shown };
      },
    },
    "compromise.deny": {
      drills: true,
      run: async (context) => {
        const document = await documentOf(context);
        if (context.old === undefined) return {};
        const denied = checkHidden(document, context.old);
        if (!document.deniedKeyIds.includes(denied)) throw new Error(`${denied} is not denied`);
        return { denied, max_age_seconds: document.maxAgeSeconds };
      },
    },
    "compromise.self-test": {
      drills: true,
      run: async (context) => ({ shown: checkShown(await documentOf(context), context.next) }),
    },
  };
}

function checkShown({ keys }: TokenKeyDocument, { publicKey }: KeyVersion): string {
  const { kid } = publicJwkOfSpki(publicKey);
  if (keys.some((key) => key.kid === kid)) return kid;
  throw new Error(`${kid} signs and is not shown`);
}

function checkHidden({ keys }: TokenKeyDocument, { publicKey }: KeyVersion): string {
  const { kid } = publicJwkOfSpki(publicKey);
  if (!keys.some((key) => key.kid === kid)) return kid;
  throw new Error(`${kid} is still shown`);
}
