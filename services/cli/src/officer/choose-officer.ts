import type { Deployment, SandboxOfficer } from "../deployment/index.ts";
import { exitCodes } from "../exit-codes.ts";
import type { OfficerKeyRequest } from "../keys/officer-key.ts";
import { CommandFailure, meant, UsageError } from "../terminal/index.ts";
import type { OfficerValues } from "./officer-options.ts";

/** Who acts, and with which key. */
export interface ChosenOfficer {
  /** As said on standard error; absent for an officer's own key, whose certificate says it. */
  readonly name?: string;
  readonly key: OfficerKeyRequest;
}

/** The role that a command is for, where it is for one: 三员. */
export type NeededRole = "auditor" | "officer";

/**
 * Who acts: the officer's own key if the options name one, else an officer of the sandbox.
 *
 * @param variable YINXIN_OFFICER: a name, or `STORE-URI#LABEL`.
 * @throws UsageError; CommandFailure `officer-not-named`, `officer-unknown`.
 */
export function chooseOfficer(
  values: OfficerValues,
  variable: string | undefined,
  deployment: Deployment,
  role: NeededRole,
): ChosenOfficer {
  const { "officer-pin-file": pinFile, as } = values;
  const { isSandbox } = deployment;
  const key = optionKeyOf(values) ?? (as === undefined ? variableKeyOf(variable) : undefined);
  const pin = pinFile === undefined ? {} : { pinFile };
  if (key !== undefined) return { key: { ...key, isSandbox, ...pin } };
  const name = as ?? (variable === "" ? undefined : variable);
  const officer = name === undefined ? usualOfficer(deployment, role) : named(deployment, name);
  return { name: officer.name, key: { store: officer.store, label: officer.label, isSandbox, ...pin } };
}

interface LabelledKey {
  readonly store: string;
  readonly label: string;
}

function optionKeyOf({
  "officer-key": store,
  "officer-label": label,
  as,
}: OfficerValues): LabelledKey | undefined {
  if (as !== undefined && store !== undefined) throw new UsageError("Give --as or --officer-key, not both.");
  if ((store === undefined) !== (label === undefined))
    throw new UsageError("--officer-key and --officer-label go together.");
  return store === undefined || label === undefined ? undefined : { store, label };
}

/** `file:/etc/officer?pin-source=…#li-qiang` */
function variableKeyOf(variable: string | undefined): LabelledKey | undefined {
  const [, store, label] = /^([a-z0-9]+:.*)#([^#]+)$/.exec(variable ?? "") ?? [];
  return store === undefined || label === undefined ? undefined : { store, label };
}

function named({ officers, isSandbox }: Deployment, name: string): SandboxOfficer {
  const found = officers.find((officer) => officer.name === name || officer.id === name);
  if (found !== undefined) return found;
  const names = officers.flatMap((officer) => [officer.name, officer.id]);
  const near = meant(name, names);
  const all = (near.length > 0 ? near : names).join(" | ");
  throw new CommandFailure(
    "officer-unknown",
    isSandbox
      ? { zh: `沙箱中没有安全管理员“${name}”。`, en: `There is no officer ${name} in this sandbox.` }
      : { zh: "只有沙箱可以用 --as。", en: "Only a sandbox has --as." },
    {
      exitCode: exitCodes.notAllowed,
      next: isSandbox ? { zh: `--as ${all}`, en: `--as ${all}` } : ownKeyStep,
    },
  );
}

/** Where nobody is named, whoever plays in a sandbox is the first officer that fits. */
function usualOfficer({ officers }: Deployment, role: NeededRole): SandboxOfficer {
  const fits = ({ role: has }: SandboxOfficer): boolean =>
    has === undefined || (has === "auditor") === (role === "auditor");
  const first = officers.find(fits) ?? officers[0];
  if (first !== undefined) return first;
  throw new CommandFailure(
    "officer-not-named",
    { zh: "没有指明由谁操作。", en: "Nobody is named who does it." },
    { exitCode: exitCodes.notAllowed, next: ownKeyStep },
  );
}

const ownKeyStep = {
  zh: "用 --officer-key URI --officer-label LABEL 指明您自己的密钥。",
  en: "Name your own key: --officer-key URI --officer-label LABEL",
};
