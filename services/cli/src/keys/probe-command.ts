import { probeLibrary } from "@yinxin/hsm-adapters/probe";

import { exitCodes } from "../exit-codes.ts";
import { onlyWord, parseOptions, renderJson } from "../terminal/index.ts";
import { keysCommand } from "./keys-command.ts";
import { programsOf } from "./programs.ts";
import { renderProbe } from "./render-probe.ts";

export const command = keysCommand(
  `usage: yinxin keys probe LIBRARY.so [options]

Finds out what a vendor's library is: PKCS#11, SDF (GM/T 0018) or SKF (GM/T 0016), what it says of its slots, tokens and
mechanisms, and which of the profiles that come with Yinxin fits. Runs in processes of its own, changes nothing on a device, and
tries no PIN.

  --profile NAME        try only this profile, by name or absolute path (repeatable)
  --parameters TEXT     what NSS takes when it is initialised
  --json                print JSON

exit codes: 0 a device answered · 1 it did not, or the library cannot be used · 2 wrong usage
`,
  async (args, terminal) => {
    const { values, positionals } = parseOptions(args, {
      profile: { type: "string", multiple: true },
      parameters: { type: "string" },
      json: { type: "boolean" },
    });
    const path = onlyWord(positionals, "a library");
    const report = await probeLibrary(
      path,
      {
        program: programsOf(terminal.environment).probe,
        environment: terminal.environment,
        machine: process.arch,
      },
      {
        ...(values.profile === undefined ? {} : { profiles: values.profile }),
        ...(values.parameters === undefined ? {} : { parameters: values.parameters }),
      },
    );
    terminal.print(values.json === true ? renderJson(report) : renderProbe(report, terminal.language));
    return report.verdict === "usable" ? exitCodes.done : exitCodes.failed;
  },
);
