import { pemOfDer } from "@yinxin/crypto/bytes";
import { parseCertificate, X509Error } from "@yinxin/crypto/x509";
import type { KeyDescription } from "@yinxin/hsm-adapters/key-store";

import { exitCodes } from "../exit-codes.ts";
import { onlyWord, padded, parseOptions, printable, renderJson, widthOf } from "../terminal/index.ts";
import type { Language } from "../terminal/index.ts";
import { attributesInWords, fingerprintOf, keyJsonOf } from "./describe-key.ts";
import { findKey } from "./find-key.ts";
import { keysCommand } from "./keys-command.ts";
import { withStore } from "./open-store.ts";
import { storeOptions, storeUsage } from "./store-options.ts";

const labels = {
  zh: {
    uri: "标识",
    label: "标签",
    algorithm: "算法",
    attributes: "属性",
    fingerprint: "公钥指纹",
    certificate: "证书",
    none: "无",
  },
  en: {
    uri: "URI",
    label: "label",
    algorithm: "algorithm",
    attributes: "attributes",
    fingerprint: "public key",
    certificate: "certificate",
    none: "none",
  },
} as const;

export const command = keysCommand(
  `usage: yinxin keys show KEY-URI --store URI [options]

Shows one key: what it is, its certificate, and its public key in PEM.

${storeUsage}
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, storeOptions);
    const text = onlyWord(positionals, "a key's URI");
    const { key, certificate } = await withStore(values, terminal, async (store) => {
      const found = await findKey(store, text);
      return { key: found, certificate: await store.certificates?.read(found.uri) };
    });
    terminal.print(
      values.json === true
        ? renderJson({ ...keyJsonOf(key), ...(certificate === undefined ? {} : { certificate }) })
        : renderKey(key, certificate, terminal.language),
    );
    return exitCodes.done;
  },
);

function renderKey(key: KeyDescription, certificate: Uint8Array | undefined, language: Language): string {
  const label = labels[language];
  const rows = [
    [label.uri, key.uri],
    [label.label, key.label],
    [label.algorithm, key.algorithm],
    [label.attributes, attributesInWords(key, language)],
    [label.fingerprint, fingerprintOf(key.publicKey)],
    [label.certificate, certificate === undefined ? label.none : certificateInWords(certificate)],
  ] as const;
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  const lines = rows.map(([name, value]) => `${padded(name, width)}  ${printable(value)}`.trimEnd());
  return `${lines.join("\n")}\n${pemOfDer(key.publicKey, "PUBLIC KEY")}`;
}

/** Whose it is and until when; what it is worth is for `yinxin verify`. */
function certificateInWords(der: Uint8Array): string {
  try {
    const { subject, notBefore, notAfter } = parseCertificate(der);
    return `${subject.text} (${notBefore.toISOString()} – ${notAfter.toISOString()})`;
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    return `? ${cause.message}`;
  }
}
