import { resolve } from "node:path";

import { openStore, openVerifier } from "@yinxin/hsm-adapters/opening";
import type { OpeningDeps, StoreSettings } from "@yinxin/hsm-adapters/opening";
import type { KeyStore } from "@yinxin/hsm-adapters/key-store";
import type { PinSource } from "@yinxin/hsm-adapters/pin";

import type { Terminal } from "../terminal/index.ts";
import { programsOf } from "./programs.ts";
import { secretSource } from "./secret-input.ts";
import { readStoreRequest } from "./store-options.ts";
import type { StoreRequest, StoreValues } from "./store-options.ts";

/**
 * Opens the store that the options name, uses it, and closes it.
 *
 * @param pin instead of what the options say; for a store that is sealed under shares.
 *
 * @throws UsageError; KeyStoreError what opening and `use` throw.
 */
export async function withStore<Result>(
  values: StoreValues,
  terminal: Terminal,
  use: (store: KeyStore) => Promise<Result>,
  pin?: PinSource,
): Promise<Result> {
  const opener = await createOpener(await readStoreRequest(values), terminal);
  try {
    const store = await opener.open(pin === undefined ? {} : { pin });
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  } finally {
    await opener.close();
  }
}

/** Opens one store as often as it is asked. */
export interface StoreOpener {
  open(deviations?: OpeningDeviations): Promise<KeyStore>;
  /** Ends what the stores share. */
  close(): Promise<void>;
}

/** How an opening differs from the usual: for the conformance kit. */
export interface OpeningDeviations {
  /** Instead of the PIN that was given. */
  readonly pin?: PinSource;
  readonly settings?: Partial<StoreSettings>;
  readonly intercept?: OpeningDeps["intercept"];
}

/** @param asksOnce a PIN that a person types is kept until the opener is closed: nobody types it a hundred times. */
export function createOpener(
  request: StoreRequest,
  terminal: Terminal,
  asksOnce = false,
): Promise<StoreOpener> {
  const { environment, randomBytes } = terminal;
  const programs = programsOf(environment);
  const verifier = openVerifier(programs.verifier);
  const asking = promptOf(terminal, request.uri);
  const kept = asksOnce && asking !== undefined ? keptPin(asking) : undefined;
  const prompt = kept ?? asking;
  const opener: StoreOpener = {
    open: ({ pin, settings, intercept } = {}) => {
      const asked = pin ?? prompt;
      return openStore(
        uriWithPin(request, pin === undefined ? prompt !== undefined : true, pin !== undefined),
        { mode: request.mode, environment: environmentOfLibrary(environment), ...settings },
        {
          driverHostProgram: programs.driverHost,
          verifier,
          randomBytes,
          allowLastTry: request.allowLastTry,
          ...(asked === undefined ? {} : { prompt: asked }),
          ...(intercept === undefined ? {} : { intercept }),
        },
      );
    },
    close: () => {
      kept?.forget();
      return verifier.close();
    },
  };
  return Promise.resolve(opener);
}

/** Asks once; each reader gets a copy, and overwrites it. */
function keptPin(source: PinSource): PinSource & { forget(): void } {
  let kept: Uint8Array | undefined;
  return {
    read: async () => {
      kept ??= await source.read();
      return kept?.slice();
    },
    forget: () => {
      kept?.fill(0);
      kept = undefined;
    },
  };
}

function promptOf(terminal: Terminal, uri: string): PinSource | undefined {
  const name = uri.split("?")[0] ?? "";
  const question = terminal.language === "zh" ? `${name} 的 PIN 或口令：` : `PIN or passphrase of ${name}:`;
  return secretSource(terminal, question);
}

/** The store's URI with the source of the PIN that the options chose; the URI's own counts if there is no file. */
function uriWithPin({ uri, pinFile }: StoreRequest, canAsk: boolean, mustAsk: boolean): string {
  const [path = "", query = ""] = uri.split(/\?(.*)/s);
  const attributes = query.split("&").filter((attribute) => attribute !== "");
  const others = attributes.filter((attribute) => !attribute.startsWith("pin-source="));
  const chosen = mustAsk ? "prompt:" : pinFile === undefined ? undefined : `file:${resolve(pinFile)}`;
  if (chosen === undefined && (others.length < attributes.length || !canAsk)) return uri;
  return `${path}?${[...others, `pin-source=${escaped(chosen ?? "prompt:")}`].join("&")}`;
}

/** RFC 7512 §2.4: what a query may hold as it is, is left. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%3A", ":");
}

/** Vendors' libraries look for their configuration in the operator's variables; Node's own are not for them. */
function environmentOfLibrary(environment: Terminal["environment"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || name.startsWith("NODE_") ? [] : [[name, value]],
    ),
  );
}
