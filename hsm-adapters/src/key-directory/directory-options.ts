import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { KeyStore, KeyUriScheme } from "../key-store/index.ts";

/** One of the stores that the keys are in. */
export interface DirectoryStore {
  /** For messages and routes: the store's URI without its query. */
  readonly name: string;
  readonly scheme: KeyUriScheme;
  /**
   * Nobody else keeps keys there: one that the directory did not give out is somebody's who should not have been there. Absent: the
   * device is shared, and keys of others are nobody's business here.
   */
  readonly isExclusive?: boolean;
  /** Closed with the directory. */
  readonly store: KeyStore;
}

/** Where new keys of these algorithms come from. */
export interface KeyRoute {
  readonly algorithms: readonly SignatureAlgorithmName[];
  /** The name of a store. */
  readonly store: string;
  /** Of a store whose keys are adopted: the key indexes that are this service's; all if absent. */
  readonly indexes?: { readonly first: number; readonly last: number };
}

export interface KeyDirectoryOptions {
  /** The JSON file; made, with mode 0600, when the first key is. Its folder must be there, and nobody else may write to it. */
  readonly file: string;
  readonly stores: readonly DirectoryStore[];
  /** The first that has the algorithm counts. */
  readonly routes: readonly KeyRoute[];
  readonly randomBytes: (length: number) => Uint8Array;
}
