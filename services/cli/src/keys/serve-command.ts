import { once } from "node:events";
import { stat } from "node:fs/promises";

import { canonicalKeyUri, KeyStoreError } from "@yinxin/hsm-adapters/key-store";
import type { KeyStore, KeyUri } from "@yinxin/hsm-adapters/key-store";
import { checkServerIdentity, clientFingerprint, serveKeyStore } from "@yinxin/hsm-adapters/remote";
import type { RemoteServerEvent, ServeKeyStoreOptions } from "@yinxin/hsm-adapters/remote";

import { exitCodes } from "../exit-codes.ts";
import {
  FileError,
  noWords,
  parseOptions,
  printable,
  readWhole,
  renderJson,
  stopSignal,
  UsageError,
} from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { findKey } from "./find-key.ts";
import { keysCommand } from "./keys-command.ts";
import { withStore } from "./open-store.ts";
import { storeOptions, storeUsage } from "./store-options.ts";

export const command = keysCommand(
  `usage: yinxin keys serve --store URI --listen HOST:PORT --certificate FILE --key FILE --client-ca FILE --allow CLIENT=KEY-URI... [options]

Lets other hosts sign with keys of a store, over TLS 1.3 with certificates on both sides. Runs until it is ended (SIGTERM, Ctrl-C).

  --listen HOST:PORT        where; port 0 takes a free one
  --certificate FILE        the server's certificate with its chain, PEM
  --key FILE                its private key, PEM; for nobody but its owner to read
  --client-ca FILE          the authorities that issue the clients' certificates, PEM
  --allow CLIENT=KEY-URI    this client may use this key (repeatable); CLIENT is its certificate (a file) or the certificate's
                            SHA-256 fingerprint in hexadecimal
  --dry-run                 check everything, and do not listen
${storeUsage}
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, {
      ...storeOptions,
      listen: { type: "string" },
      certificate: { type: "string" },
      key: { type: "string" },
      "client-ca": { type: "string" },
      allow: { type: "string", multiple: true },
      "dry-run": { type: "boolean" },
    });
    noWords(positionals);
    const listen = readAddress(values.listen);
    const key = required("--key", values.key);
    await refuseOpenFile(key);
    const files = {
      certificate: await readWhole(required("--certificate", values.certificate)),
      key: await readWhole(key),
      clientCa: await readWhole(required("--client-ca", values["client-ca"])),
    };
    checkServerIdentity(files);
    const allow = await readAllowed(values.allow ?? []);
    return withStore(values, terminal, async (store) => {
      for (const uri of new Set([...allow.values()].flat())) await findKey(store, uri);
      const served = { store, listen, ...files, allow };
      if (values["dry-run"] !== true) return serve(served, terminal, values.json === true);
      terminal.say(`would serve to ${String(allow.size)} clients at ${listen.host}:${String(listen.port)}`);
      if (values.json === true)
        terminal.print(renderJson({ dryRun: true, listen, allow: Object.fromEntries(allow) }));
      return exitCodes.done;
    });
  },
);

function required(option: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`${option} is missing.`);
  return value;
}

function readAddress(text: string | undefined): ServeKeyStoreOptions["listen"] {
  // An IPv6 address has colons of its own, and stands in brackets (RFC 3986 §3.2.2).
  const [, inBrackets, name, port = ""] =
    /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/i.exec(text ?? "") ?? [];
  const host = inBrackets ?? name;
  if (host === undefined || Number(port) > 65_535)
    throw new UsageError("--listen: give HOST:PORT or [IPv6]:PORT.");
  return { host, port: Number(port) };
}

/** A key that others of the machine may read is theirs too. */
async function refuseOpenFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || (found.mode & 0o077) === 0) return;
  throw new FileError(`${file}: group or others may touch it (chmod 0400).`);
}

async function readAllowed(texts: readonly string[]): Promise<ReadonlyMap<string, readonly KeyUri[]>> {
  if (texts.length === 0) throw new UsageError("Name at least one client with --allow CLIENT=KEY-URI.");
  const allowed = new Map<string, KeyUri[]>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals < 1) throw new UsageError(`--allow ${printable(text)}: give CLIENT=KEY-URI.`);
    const client = await fingerprintOf(text.slice(0, equals));
    allowed.set(client, [...(allowed.get(client) ?? []), canonicalKeyUri(text.slice(equals + 1))]);
  }
  return allowed;
}

async function fingerprintOf(client: string): Promise<string> {
  // As OpenSSL prints it, too.
  const hex = client.replaceAll(":", "");
  if (/^[0-9a-f]{64}$/i.test(hex)) return hex.toLowerCase();
  const certificate = await readWhole(client);
  try {
    return clientFingerprint(certificate);
  } catch (cause) {
    throw new FileError(`${printable(client)}: not a certificate.`, { cause });
  }
}

async function serve(
  options: ServeKeyStoreOptions & { readonly store: KeyStore },
  { say, print }: Terminal,
  isJson: boolean,
): Promise<number> {
  const stop = stopSignal();
  const server = await serveKeyStore({
    ...options,
    log: (event) => {
      say(lineOf(event, options.allow));
    },
  }).catch((cause: unknown) => {
    if (cause instanceof KeyStoreError) throw cause;
    // Of the system: the address is taken, or is none of this machine's.
    throw new FileError(cause instanceof Error ? cause.message : String(cause), { cause });
  });
  const { host } = options.listen;
  say(
    `serving ${String(options.allow.size)} clients at ${host}:${String(server.port)}, until SIGTERM or Ctrl-C`,
  );
  if (isJson) print(renderJson({ host, port: server.port }));
  else print(`${host}:${String(server.port)}\n`);
  if (!stop.aborted) await once(stop, "abort");
  await server.close();
  return exitCodes.done;
}

/** What happened; of a client that has no keys, also what would let it in. */
export function lineOf({ event, ...facts }: RemoteServerEvent, allow: ServeKeyStoreOptions["allow"]): string {
  const { client } = facts;
  const line = `${event} ${Object.values(facts).map(printable).join(" ")}`;
  if (event !== "client-refused" || client === undefined || allow.has(client)) return line;
  return `${line} (to let it in: --allow ${client}=KEY-URI)`;
}
