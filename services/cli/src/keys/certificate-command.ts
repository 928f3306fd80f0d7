import { derOfPem, equalBytes, pemOfDer } from "@yinxin/crypto/bytes";
import { createCertificateRequest, IssuingError } from "@yinxin/crypto/issuing";
import { parseCertificate, X509Error } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import type { KeyDescription, KeyStore } from "@yinxin/hsm-adapters/key-store";

import { sharedPassphrase } from "../backup/shared-passphrase.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  FileError,
  onlyWord,
  parseOptions,
  printable,
  readWhole,
  renderJson,
  UsageError,
} from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { findKey, requireFace } from "./find-key.ts";
import { keysCommand } from "./keys-command.ts";
import { withStore } from "./open-store.ts";
import { parseSubject } from "./parse-subject.ts";
import { storeOptions, storeUsage } from "./store-options.ts";

export const command = keysCommand(
  `usage: yinxin keys certificate KEY-URI --store URI [--write FILE | --csr --subject NAME] [options]

Prints the certificate that is kept beside a key, in PEM; keeps another; or makes a request for one (PKCS#10).

  --write FILE          keep this certificate (PEM or DER), which must be for this key
  --csr                 print a certificate request, signed with the key
  --subject NAME        whose: C=CN,O=云岭市行政审批局,CN=… (a comma inside a value as \\,)
  --share-file FILE     holds a share of a key that is sealed under shares; once for each
  --dry-run             with --write: check it, and do nothing
${storeUsage}
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, {
      ...storeOptions,
      write: { type: "string" },
      csr: { type: "boolean" },
      subject: { type: "string" },
      "share-file": { type: "string", multiple: true },
      "dry-run": { type: "boolean" },
    });
    const text = onlyWord(positionals, "a key's URI");
    const { write, csr = false, subject } = values;
    if (write !== undefined && csr) throw new UsageError("Give --write or --csr, not both.");
    if (csr !== (subject !== undefined)) throw new UsageError("--csr and --subject go together.");
    const certificate = write === undefined ? undefined : await readCertificate(write);
    const isJson = values.json === true;
    const { "share-file": shares = [] } = values;
    if (shares.length > 0 && values["pin-file"] !== undefined)
      throw new UsageError("Give --share-file or --pin-file, not both.");
    const use = async (store: KeyStore): Promise<number> => {
      const key = await findKey(store, text);
      if (subject !== undefined) return printRequest(store, key, subject, { terminal, isJson });
      if (certificate === undefined) return printCertificate(store, key, { terminal, isJson });
      const isDry = values["dry-run"] === true;
      return keepCertificate(store, key, certificate, { terminal, isJson, isDry });
    };
    // The sealed emergency key gets its certificate when the authority has answered, days after it was sealed.
    const pin = shares.length === 0 ? undefined : sharedPassphrase(shares, terminal);
    return withStore(values, terminal, use, pin);
  },
);

interface Output {
  readonly terminal: Terminal;
  readonly isJson: boolean;
}

async function readCertificate(file: string): Promise<Certificate> {
  const bytes = await readWhole(file);
  try {
    const text = new TextDecoder().decode(bytes);
    const [der = bytes, another] = text.includes("-----BEGIN") ? derOfPem(text, "CERTIFICATE") : [bytes];
    if (another !== undefined) throw new FileError(`${file}: it holds more than one certificate.`);
    return parseCertificate(der);
  } catch (cause) {
    if (!(cause instanceof X509Error || cause instanceof RangeError)) throw cause;
    throw new FileError(`${file}: not a certificate: ${cause.message}.`, { cause });
  }
}

async function printRequest(
  store: KeyStore,
  key: KeyDescription,
  subject: string,
  { terminal, isJson }: Output,
): Promise<number> {
  try {
    const signer = await store.signer(key.uri);
    const request = await createCertificateRequest({ subject: parseSubject(subject), signer });
    terminal.print(isJson ? renderJson({ uri: key.uri, request }) : pemOfDer(request, "CERTIFICATE REQUEST"));
    return exitCodes.done;
  } catch (cause) {
    if (!(cause instanceof IssuingError)) throw cause;
    throw new UsageError(`--subject ${printable(subject)}: ${cause.message}.`, { cause });
  }
}

async function printCertificate(
  store: KeyStore,
  { uri }: KeyDescription,
  { terminal, isJson }: Output,
): Promise<number> {
  const certificate = await requireFace(store.certificates, "keeps no certificates").read(uri);
  if (isJson) terminal.print(renderJson({ uri, ...(certificate === undefined ? {} : { certificate }) }));
  else if (certificate !== undefined) terminal.print(pemOfDer(certificate, "CERTIFICATE"));
  if (certificate !== undefined) return exitCodes.done;
  terminal.say(`there is no certificate for ${uri}`);
  return exitCodes.failed;
}

async function keepCertificate(
  store: KeyStore,
  { uri, publicKey }: KeyDescription,
  { raw, subject, publicKey: certified }: Certificate,
  { terminal, isJson, isDry }: Output & { readonly isDry: boolean },
): Promise<number> {
  const certificates = requireFace(store.certificates, "keeps no certificates");
  if (!equalBytes(certified, publicKey))
    throw new FileError(`that certificate is not for ${uri}: it has another public key.`);
  if (!isDry) await certificates.write(uri, raw);
  terminal.say(`${isDry ? "would keep" : "kept"} the certificate of ${printable(subject.text)} for ${uri}`);
  if (isJson) terminal.print(renderJson({ uri, dryRun: isDry, subject: subject.text }));
  return exitCodes.done;
}
