import { KeyStoreError } from "../key-store/index.ts";

/** What went wrong, as an error of the closed set: a driver that throws anything else is at fault itself. */
export function asKeyStoreError(cause: unknown): KeyStoreError {
  if (cause instanceof KeyStoreError) return cause;
  return new KeyStoreError("vendor-error", "the driver failed in a way that it does not know", { cause });
}

export function deadlineExceeded(message: string, outcomeUnknown = false): KeyStoreError {
  return new KeyStoreError("deadline-exceeded", message, outcomeUnknown ? { facts: { outcomeUnknown } } : {});
}

export function storeClosed(): KeyStoreError {
  return new KeyStoreError("key-store-closed", "the key store was closed");
}

/** The same refusal once more, for another caller: an error that two callers share has the stack of one. */
export function refusedAgain(error: KeyStoreError): () => KeyStoreError {
  return () => new KeyStoreError(error.code, error.message, { facts: error.facts, cause: error });
}
