import { writeFile } from "node:fs/promises";

import { pemOfDer } from "@yinxin/crypto/bytes";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { readAlgorithm } from "../keys/generate-command.ts";
import { keysCommand } from "../keys/keys-command.ts";
import { makeOfficerKey } from "../keys/make-officer-key.ts";
import type { MadeOfficerKey } from "../keys/make-officer-key.ts";
import { storeOptions, storeUsage } from "../keys/store-options.ts";
import { noWords, parseOptions, renderJson, UsageError } from "../terminal/index.ts";

/** `yinxin officers request` */
export const requestCommand: Command = keysCommand(
  `usage: yinxin officers request --store URI --label LABEL --name NAME [options]

examples:
  $ yinxin officers request --store pkcs11:serial=1 --label li-qiang --name 李强 --out li-qiang.csr
  $ yinxin officers request --store file:/media/a --label li-qiang --name 李强 --sandbox --sandbox-root root --out li-qiang.pem

Makes an officer's key, or takes up the one of that label, and writes a request for its certificate (PKCS#10). In a sandbox
a root of the same store issues the certificate, which is kept beside the key.

  --label LABEL         its name in the store
  --name NAME           the officer's, for the certificate
  --algorithm NAME      default ES256
  --out FILE            where the request goes, or with --sandbox-root the certificate; else it is printed
  --sandbox-root LABEL  a key of this store that issues the certificate, for tests; made if it is not there
  --dry-run             say what would be done, and do nothing
${storeUsage}
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, {
      ...storeOptions,
      label: { type: "string" },
      name: { type: "string" },
      algorithm: { type: "string" },
      out: { type: "string" },
      "sandbox-root": { type: "string" },
      "dry-run": { type: "boolean" },
    });
    noWords(positionals);
    const { label, name, out, "sandbox-root": sandboxRoot } = values;
    if (label === undefined || name === undefined) throw new UsageError("Give --label and --name.");
    if (sandboxRoot !== undefined && values.sandbox !== true)
      throw new UsageError("--sandbox-root is for sandboxes: add --sandbox.");
    const algorithm = readAlgorithm(values.algorithm ?? "ES256");
    if (values["dry-run"] === true) {
      terminal.say(`would make a key ${label} for ${algorithm}, and a request for ${name}`);
      return exitCodes.done;
    }
    const made = await makeOfficerKey(values, { label, algorithm, name, sandboxRoot }, terminal);
    const pem = pemOf(made);
    if (out !== undefined) await writeFile(out, pem);
    if (values.json === true) terminal.print(renderJson(made));
    else terminal.print(out === undefined ? pem : `${made.uri}\n`);
    return exitCodes.done;
  },
);

function pemOf({ certificate, request }: MadeOfficerKey): string {
  return certificate === undefined
    ? pemOfDer(request, "CERTIFICATE REQUEST")
    : pemOfDer(certificate, "CERTIFICATE");
}
