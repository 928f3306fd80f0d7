import type { CertificateList } from "@yinxin/crypto/revocation";
import { validatePath } from "@yinxin/crypto/x509";

import { judgeOfficer } from "../approvals/index.ts";
import type { OpenPolicy, Signatory } from "../approvals/index.ts";
import {
  hasSignature,
  isBodyOf,
  readSignatureHeaders,
  verifyRequestSignature,
} from "../message-signatures/index.ts";
import type { SignatureHeaders } from "../message-signatures/index.ts";
import { isRefusal, refuse } from "../problems/index.ts";
import type { Localized } from "../problems/index.ts";
import type { Authenticator, Caller, RequestFacts } from "./caller.ts";
import { officerPermissions, officersOnly } from "./officer-permissions.ts";

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
  /** Revocation lists of the officers' certificates; undefined where the deployment has none. */
  readonly crls?: (() => Promise<readonly CertificateList[]>) | undefined;
  /** Told of every signed request that is not believed, and whose key it names; the caller waits until this settles. */
  readonly onRefused?: (attempt: {
    readonly code: string;
    readonly why: string;
    readonly officer: string | undefined;
  }) => Promise<void>;
}

/**
 * Believes requests that an officer of the policy in force signed (RFC 9421), and leaves all others to `inner`. In this
 * order: form, key, time, signature, certificate, body, nonce; a request with a token as well is nobody's. What only officers do, no token does.
 */
export function createOfficerAuthenticator(options: OfficerAuthenticatorOptions): Authenticator {
  return {
    authenticate: async (authorization, request) => {
      if (request === undefined || !hasSignature(request.headers)) {
        return withoutOfficersOnly(await options.inner.authenticate(authorization, request));
      }
      if (authorization !== undefined) throw notProven("with-token");
      return await officerOf(options, request);
    },
  };
}

function withoutOfficersOnly(caller: Caller): Caller {
  const permissions = [...caller.permissions].filter((permission) => !officersOnly.has(permission));
  return { ...caller, permissions: new Set(permissions) };
}

async function officerOf(options: OfficerAuthenticatorOptions, request: RequestFacts): Promise<Caller> {
  const { headers, problem } = readSignatureHeaders(request.headers);
  if (headers === undefined) throw notProven("form", problem);
  const current = await options.policy();
  try {
    return await provenOfficer(options, request, headers, current);
  } catch (cause) {
    if (isRefusal(cause) && cause.code === "request-signature-not-valid") {
      const { keyId } = headers.parameters;
      const officer = current.signatories.find(({ certificateDigest }) => certificateDigest === keyId)?.id;
      await options.onRefused?.({ code: cause.code, why: cause.message, officer });
    }
    throw cause;
  }
}

async function provenOfficer(
  { nonces, crls }: OfficerAuthenticatorOptions,
  request: RequestFacts,
  headers: SignatureHeaders,
  current: OpenPolicy,
): Promise<Caller> {
  const at = await nonces.time();
  const signatory = checkedSignatory(headers, request, current, at);
  if (crls !== undefined) refuseRevoked(signatory, current, at, await crls());
  if (!isBodyOf(headers, await request.body())) throw notProven("body");
  const { created, keyId, nonce } = headers.parameters;
  const until = new Date((created + signedRequestSeconds) * 1000);
  if (!(await nonces.take({ keyId, nonce, until, at }))) throw notProven("nonce");
  return {
    subject: signatory.id,
    clientId: "officer",
    isOfficer: true,
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
  if (signatory === undefined) throw notProven("key");
  if (Math.abs(created * 1000 - at.getTime()) > signedRequestSeconds * 1000) {
    throw notProven("time");
  }
  const { certificate } = signatory;
  if (!verifyRequestSignature(headers, request, certificate)) throw notProven("signature");
  const { intermediates, anchors } = current;
  const policy = { algorithms: "default", requiredKeyUsage: ["digitalSignature"] } as const;
  if (validatePath({ certificate, intermediates, anchors, at, policy }).isValid) return signatory;
  throw notProven("certificate");
}

/** Whether nothing is known of a revocation is asked of changes only: officers may always look, and stop. */
function refuseRevoked(
  { id, certificate }: Signatory,
  { intermediates, anchors }: OpenPolicy,
  at: Date,
  crls: readonly CertificateList[],
): void {
  if (judgeOfficer({ certificate, intermediates, anchors }, at, { crls, now: at }).standing !== "revoked")
    return;
  throw refuse("officer-certificate-revoked", {
    zh: `${id} 的证书已被吊销。`,
    en: `The certificate of ${id} is revoked.`,
  });
}

const reasons = {
  "with-token": { zh: "同时带有访问令牌", en: "it carries a token as well" },
  form: { zh: "签名头不符合约定", en: "the headers are not of the agreed form" },
  key: { zh: "密钥不属于现行策略中的任何人员", en: "the key is no officer's" },
  time: { zh: "请求不是这一分钟内的", en: "the request is not of this minute" },
  signature: { zh: "签名值不对", en: "the signature is wrong" },
  certificate: { zh: "人员证书无效", en: "the officer's certificate is not valid" },
  body: { zh: "请求内容不是所签的内容", en: "the body is not the one that was signed" },
  nonce: { zh: "请求已经用过", en: "the request was made already" },
} as const satisfies Record<string, Localized>;

function notProven(reason: keyof typeof reasons, more?: string): Error {
  const { zh, en } = reasons[reason];
  const detail = more === undefined ? "" : `: ${more}`;
  return refuse("request-signature-not-valid", {
    zh: `管理人员的请求签名无效（${zh}${detail}）。`,
    en: `The officer's signature of the request does not hold (${en}${detail}).`,
  });
}
