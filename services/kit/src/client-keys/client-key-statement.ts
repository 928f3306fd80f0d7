import { utf8Of } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import type { Signer } from "@yinxin/crypto/signer";
import {
  createCompactJws,
  jwkThumbprint,
  parseCompactJws,
  parseJsonObject,
  publicJwkOfSpki,
  spkiOfJwk,
  TokenError,
  verifyCompactJws,
} from "@yinxin/crypto/tokens";
import { z } from "zod";

/** What a client says about its keys, signed by one that is registered. */
export const clientKeyStatementType = "yinxin-client-key+jws";
/** What the key that is to be registered says about that statement. */
export const clientKeyProofType = "yinxin-client-key-proof+jws";

/** A statement is sent at once; the clocks of two services may be this far apart. */
export const clientKeyStatementSeconds = 60;

/** Some hundred bytes of JSON and a signature. */
export const clientKeyStatementCharactersMax = 4096;

const jwk = z.strictObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string().length(43),
  y: z.string().length(43),
  kid: z.string().length(43),
  alg: z.literal("ES256"),
  use: z.literal("sig"),
});

const common = {
  /** The issuer that is to do it: a statement for one deployment is none for another. */
  aud: z.string().min(1).max(500),
  /** The client that says it of itself. */
  sub: z.string().min(1).max(64),
  jti: z.string().min(16).max(100),
  iat: z.int().min(0),
};

const statementSchema = z.discriminatedUnion("action", [
  z.strictObject({ ...common, action: z.literal("register"), key: jwk }),
  z.strictObject({ ...common, action: z.literal("remove"), key_id: z.string().length(43) }),
]);

const proofSchema = z.strictObject({ statement: z.string() });

export type ClientKeyStatement = z.output<typeof statementSchema>;
/** A public key as it is registered; its `kid` is its thumbprint (RFC 7638). */
export type ClientKeyJwk = z.output<typeof jwk>;

export interface StatementToMake {
  /** A key that is registered. */
  readonly signer: Signer;
  readonly issuer: string;
  readonly clientId: string;
  readonly now: Date;
  readonly statementId: string;
}

/**
 * Says that a client will use another key too. `proof` is made by that key over the statement, so nobody registers a key that
 * is not his.
 */
export async function createRegistration(
  { signer, ...rest }: StatementToMake,
  next: Signer,
): Promise<{ readonly statement: string; readonly proof: string }> {
  const key = publicJwkOfSpki(next.publicKey);
  const statement = await createCompactJws(signer, headerOf(signer), {
    ...claimsOf(rest),
    action: "register",
    key,
  });
  const proof = await createCompactJws(
    next,
    { typ: clientKeyProofType, kid: key.kid },
    { statement: digestOf(statement) },
  );
  return { statement, proof };
}

/** Says that a client uses a key no more. */
export async function createRemoval({ signer, ...rest }: StatementToMake, keyId: string): Promise<string> {
  const claims = { ...claimsOf(rest), action: "remove", key_id: keyId };
  return await createCompactJws(signer, headerOf(signer), claims);
}

function headerOf({ publicKey }: Signer): Readonly<Record<string, unknown>> {
  return { typ: clientKeyStatementType, kid: publicJwkOfSpki(publicKey).kid };
}

function claimsOf({ issuer, clientId, now, statementId }: Omit<StatementToMake, "signer">) {
  return { aud: issuer, sub: clientId, jti: statementId, iat: Math.floor(now.getTime() / 1000) };
}

/** The keys by which a statement may be signed, as they are registered. */
export type RegisteredJwk = Pick<ClientKeyJwk, "kty" | "crv" | "x" | "y">;

/** What a statement must be about. */
export interface StatementChecks {
  readonly registered: readonly RegisteredJwk[];
  readonly issuer: string;
  readonly clientId: string;
  readonly now: Date;
}

/**
 * Reads a statement by a key that is registered for this very client; the `kid` only says which of them. Whether it was
 * used before is for the caller to know.
 *
 * @returns the statement and the thumbprint of the key that signed it; or why it is not believed.
 */
export function readStatement(
  text: string,
  { registered, issuer, clientId, now }: StatementChecks,
): { readonly statement: ClientKeyStatement; readonly signedBy: string } | string {
  try {
    const { kid } = parseCompactJws(text, clientKeyStatementCharactersMax).header;
    const signedBy = registered.find((key) => jwkThumbprint(key) === kid);
    if (signedBy === undefined) return "it is not signed by a key that is registered for this client";
    const { publicKey } = spkiOfJwk(signedBy);
    const jws = verifyCompactJws(text, { publicKey, algorithm: "ES256", type: clientKeyStatementType });
    const parsed = statementSchema.safeParse(parseJsonObject(jws.payload, "statement"));
    if (!parsed.success) return "it has not the form of a statement";
    const statement = parsed.data;
    if (statement.aud !== issuer) return "it is for another sign-on service";
    if (statement.sub !== clientId) return "it is about another client";
    if (Math.abs(now.getTime() / 1000 - statement.iat) > clientKeyStatementSeconds) {
      return `it is not from the last ${String(clientKeyStatementSeconds)} seconds`;
    }
    return { statement, signedBy: jwkThumbprint(signedBy) };
  } catch (cause) {
    if (cause instanceof TokenError) return cause.message;
    throw cause;
  }
}

/** Why the new key has not shown that it agrees; undefined if it has. */
export function problemOfProof(proof: string, statement: string, key: ClientKeyJwk): string | undefined {
  try {
    if (jwkThumbprint(key) !== key.kid) return "the kid is not the key's thumbprint";
    const { publicKey } = spkiOfJwk(key);
    const jws = verifyCompactJws(proof, { publicKey, algorithm: "ES256", type: clientKeyProofType });
    const parsed = proofSchema.safeParse(parseJsonObject(jws.payload, "proof"));
    return parsed.success && parsed.data.statement === digestOf(statement)
      ? undefined
      : "the proof is about another statement";
  } catch (cause) {
    if (cause instanceof TokenError) return cause.message;
    throw cause;
  }
}

function digestOf(statement: string): string {
  return digestText("SHA-256", digest("SHA-256", utf8Of(statement)));
}
