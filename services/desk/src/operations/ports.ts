import type { VerificationReport } from "@yinxin/crypto/verification";
import type { Language } from "@yinxin/service-kit/problems";

import type { Seal, SealedFile, StampResult } from "../domain/seal.ts";
import type { PendingLogin, Session } from "../domain/session.ts";
import type { StampRequest, UploadedFile } from "../domain/stamp-form.ts";

/** sso, as this client of it sees it. All reject with Refusal `service-unreachable` if it does not answer. */
export interface SignOn {
  /** Where to send the browser, and what to remember until it comes back. */
  start(): Promise<{
    readonly address: string;
    readonly state: string;
    readonly nonce: string;
    readonly verifier: string;
  }>;
  /**
   * Exchanges the code in the address that the browser came back to.
   *
   * @throws Refusal `login-not-finished` if sso said no, or the address is not an answer to this login.
   */
  finish(
    callbackQuery: string,
    expected: Pick<PendingLogin, "state" | "nonce" | "verifier">,
  ): Promise<SignedOn>;
  /** Where to send the browser to end the session at sso too. */
  endAddress(idToken: string): Promise<string>;
}

export interface SignedOn {
  readonly accessToken: string;
  readonly idToken: string;
  readonly personId: string;
  readonly personName: string;
  readonly organizationName: string;
  readonly expiresAt: Date;
}

/** The seal service in the name of a person. Problems of it reject as RemoteProblem in the given language. */
export interface Seals {
  list(accessToken: string, language: Language): Promise<readonly Seal[]>;
  /** PNG. */
  picture(accessToken: string, language: Language, sealId: string): Promise<Uint8Array>;
  apply(accessToken: string, language: Language, request: StampRequest): Promise<SealedFile>;
}

/** Verification, for anybody. */
export interface Verifier {
  verify(language: Language, file: UploadedFile): Promise<VerificationReport>;
}

export interface SessionStore {
  find(idDigest: string): Promise<Session | undefined>;
  /** With the audit event that it begins. */
  add(session: Session): Promise<void>;
  /** Moves the time of the last visit; never changes anything else. */
  touch(idDigest: string, seenAt: Date): Promise<void>;
  /** Removes it, with the audit event that it ended; nothing if it is gone already. */
  end(session: Session, at: Date): Promise<void>;
  removeExpired(now: Date, idleSince: Date): Promise<void>;
}

export interface LoginStore {
  add(login: PendingLogin): Promise<void>;
  /** Gives a login once: of two callers at the same moment, one gets it. */
  take(idDigest: string): Promise<PendingLogin | undefined>;
  removeExpired(now: Date): Promise<void>;
}

export interface ResultStore {
  /** With the audit event that it is kept here. */
  add(result: StampResult, by: { readonly personId: string; readonly at: Date }): Promise<void>;
  find(id: string): Promise<StampResult | undefined>;
  removeOfSession(sessionDigest: string): Promise<void>;
  /** Hands over what one session waits for to the one that follows it. */
  moveToSession(fromDigest: string, toDigest: string): Promise<void>;
  removeExpired(now: Date): Promise<void>;
}
