/**
 * A secret in the hands of several people, and bytes as words that people can read.
 *
 * {@link splitSecret} makes shares of a key so that any m of n of them give it back and m - 1 tell nothing (Shamir over
 * GF(2⁸)); {@link combineShares} puts them together and names a wrong one. {@link wordsOfShare} and {@link readShareWords} write
 * and read a share as 32 words of the BIP-39 lists, English or Simplified Chinese; what was mistyped is pointed at, word by word.
 * {@link wordsOfDigest} shows a digest as a few words, to be compared aloud.
 */
export { SecretSharingError } from "./secret-sharing-error.ts";
export type { SecretSharingErrorCode } from "./secret-sharing-error.ts";
export {
  combineShares,
  shareDigest,
  sharedSecretLengths,
  sharingLimits,
  splitSecret,
} from "./secret-share.ts";
export type { SecretShare, ShareSet, SharingRequest } from "./secret-share.ts";
export { encodeShare, parseShare, readShareWords, wordsOfShare } from "./share-words.ts";
export type { ShareReading, WordProblem } from "./share-words.ts";
export { wordsOfDigest } from "./digest-words.ts";
export type { WordLanguage } from "./word-list.ts";
