import { KeyStoreError, parseStoreUri } from "@yinxin/hsm-adapters/key-store";

import { readWhole, UsageError } from "../terminal/index.ts";

/** The options of every command that opens a store. */
export const storeOptions = {
  store: { type: "string" },
  "store-config": { type: "string" },
  "pin-file": { type: "string" },
  "last-try": { type: "boolean" },
  sandbox: { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** How they are explained. */
export const storeUsage = `  --store URI           where the store is, like pkcs11:serial=…?module-path=/opt/vendor/lib.so
  --store-config FILE   a file that holds that URI, for long ones
  --pin-file FILE       holds the PIN or passphrase; mode 0400. Without it: pin-source of the URI, or a prompt
  --last-try            use the last try before the PIN locks
  --sandbox             a device for tests: take PINs that devices leave the factory with
  --json                print JSON`;

export interface StoreValues {
  readonly store?: string | undefined;
  readonly "store-config"?: string | undefined;
  readonly "pin-file"?: string | undefined;
  readonly "last-try"?: boolean | undefined;
  readonly sandbox?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Which store, and how it is opened. */
export interface StoreRequest {
  readonly uri: string;
  readonly pinFile?: string;
  readonly allowLastTry: boolean;
  readonly mode: "production" | "sandbox";
}

/** A store's URI with paths of PATH_MAX has some 9 KB; comments stand beside it. */
const maximumBytes = 20_000;

/** @throws UsageError if no store is named, or two; FileError; KeyStoreError `configuration-malformed`. */
export async function readStoreRequest(values: StoreValues): Promise<StoreRequest> {
  const pinFile = values["pin-file"];
  const uri = await uriOf(values);
  // Before anything of it is used, or shown: it may hold what does not belong there.
  parseStoreUri(uri);
  return {
    uri,
    ...(pinFile === undefined ? {} : { pinFile }),
    allowLastTry: values["last-try"] ?? false,
    mode: values.sandbox === true ? "sandbox" : "production",
  };
}

async function uriOf({ store, "store-config": file }: StoreValues): Promise<string> {
  if (store !== undefined && file !== undefined)
    throw new UsageError("Give --store or --store-config, not both.");
  if (store !== undefined) return store;
  if (file === undefined) throw new UsageError("Name a store with --store URI or --store-config FILE.");
  const lines = (await textOf(file)).split("\n").map((line) => line.trim());
  const [uri, ...more] = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (uri === undefined || more.length > 0) {
    throw new KeyStoreError(
      "configuration-malformed",
      `${file} must hold the URI of one store, and comments after #`,
    );
  }
  return uri;
}

async function textOf(file: string): Promise<string> {
  return new TextDecoder().decode(await readWhole(file, maximumBytes));
}
