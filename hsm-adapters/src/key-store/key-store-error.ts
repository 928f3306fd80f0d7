/** Grouped by who must act: the caller, the officer with the passphrase, whoever keeps the files. */
export type KeyStoreErrorCode =
  | "key-not-found"
  | "key-exists"
  | "key-uri-malformed"
  | "algorithm-not-supported"
  | "key-store-closed"
  | "passphrase-wrong"
  | "key-file-permissions"
  | "key-file-damaged";

/** Why a key store refused. No message or cause ever holds a secret. */
export class KeyStoreError extends Error {
  readonly code: KeyStoreErrorCode;

  constructor(code: KeyStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyStoreError";
    this.code = code;
  }
}
