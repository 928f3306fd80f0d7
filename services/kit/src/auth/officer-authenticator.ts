import { validatePath } from "@yinxin/crypto/x509";

import type { OpenPolicy, Signatory } from "../approvals/index.ts";
import {
  hasSignature,
  isBodyOf,
  readSignatureHeaders,
  verifyRequestSignature,
} from "../message-signatures/index.ts";
import type { SignatureHeaders } from "../message-signatures/index.ts";
import { refuse } from "../problems/index.ts";
import type { Authenticator, Caller, RequestFacts } from "./caller.ts";
import { officerPermissions } from "./officer-permissions.ts";

/** A signed request is good for so long before and after its making. */
export const signedRequestSeconds = 60;

/** Remembers which requests were made already. */
export interface RequestNonces {
  /** The time, which does not go back. */
  time(): Promise<Date>;
  /** Whether this nonce of this key is new; if so it is taken, and remembered at least until `until`. */
  take(nonce: {
    readonly keyId: string;
    readonly nonce: string;
    readonly until: Date;
    readonly at: Date;
  }): Promise<boolean>;
}

export interface OfficerAuthenticatorOptions {
  /** For every request that no officer signed. */
  readonly inner: Authenticator;
  /** The policy in force. @throws Refusal `officers-not-appointed` */
  readonly policy: () => Promise<OpenPolicy>;
  readonly nonces: RequestNonces;
}

/**
 * Believes requests that an officer of the policy in force signed (RFC 9421), and leaves all others to `inner`. In this
 * order: form, key, time, signature, certificate, body, nonce; a request with a token as well is nobody's.
 */
export function createOfficerAuthenticator(options: OfficerAuthenticatorOptions): Authenticator {
  return {
    authenticate: async (authorization, request) => {
      if (request === undefined || !hasSignature(request.headers)) {
        return await options.inner.authenticate(authorization, request);
      }
      if (authorization !== undefined) throw unauthenticated("both signed and with a token");
      return await officerOf(options, request);
    },
  };
}

async function officerOf(
  { policy, nonces }: OfficerAuthenticatorOptions,
  request: RequestFacts,
): Promise<Caller> {
  const { headers, problem } = readSignatureHeaders(request.headers);
  if (headers === undefined) throw unauthenticated(problem);
  const current = await policy();
  const at = await nonces.time();
  const signatory = checkedSignatory(headers, request, current, at);
  if (!isBodyOf(headers, await request.body()))
    throw unauthenticated("the body is not the one that was signed");
  const { created, keyId, nonce } = headers.parameters;
  const until = new Date((created + signedRequestSeconds) * 1000);
  if (!(await nonces.take({ keyId, nonce, until, at })))
    throw unauthenticated("the request was made already");
  return {
    subject: signatory.id,
    clientId: "officer",
    permissions: new Set(officerPermissions[signatory.role]),
  };
}

function checkedSignatory(
  headers: SignatureHeaders,
  request: RequestFacts,
  current: OpenPolicy,
  at: Date,
): Signatory {
  const { created, keyId } = headers.parameters;
  const signatory = current.signatories.find(({ certificateDigest }) => certificateDigest === keyId);
  if (signatory === undefined) throw unauthenticated("the key is no officer's");
  if (Math.abs(created * 1000 - at.getTime()) > signedRequestSeconds * 1000) {
    throw unauthenticated("the request is not of this minute");
  }
  const { certificate } = signatory;
  if (!verifyRequestSignature(headers, request, certificate)) throw unauthenticated("the signature is wrong");
  const { intermediates, anchors } = current;
  const policy = { algorithms: "default", requiredKeyUsage: ["digitalSignature"] } as const;
  if (validatePath({ certificate, intermediates, anchors, at, policy }).isValid) return signatory;
  throw unauthenticated("the officer's certificate is not valid");
}

function unauthenticated(reason: string): Error {
  return refuse("unauthenticated", {
    zh: `管理人员的请求签名无效(${reason})。`,
    en: `The officer's signature of the request does not hold (${reason}).`,
  });
}
