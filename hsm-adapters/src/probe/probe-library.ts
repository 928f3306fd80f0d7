import { problemOfFile } from "./inspect-file.ts";
import { runProbeProcess } from "./probe-process.ts";
import type { ProbeDeps, ProbeEnd } from "./probe-process.ts";
import type { CryptokiProbe, ProbeReport, TokenProbe } from "./probe-report.ts";
import { areFamilies, isCryptokiProbe } from "./read-answers.ts";
import { bestProfiles, judgeProfiles, tryProfiles, verdictOfCode } from "./try-profiles.ts";
import type { Judgement } from "./try-profiles.ts";

export interface ProbeRequest {
  /** What NSS takes at C_Initialize. */
  readonly parameters?: string;
  /** Profiles to try, by name or absolute path; all that come with Yinxin if absent. */
  readonly profiles?: readonly string[];
}

type Findings = Pick<ProbeReport, "families" | "profiles" | "pkcs11">;

/**
 * Finds out what a library is and which profile fits it: which family, what PKCS#11 says of itself, and for SDF and SKF each
 * profile, tried in a process of its own. Changes nothing on a device and tries no PIN. Never rejects because of the
 * library: a crash or a hang is part of the report.
 */
export async function probeLibrary(
  path: string,
  deps: ProbeDeps,
  request: ProbeRequest = {},
): Promise<ProbeReport> {
  const nothing: Findings = { families: [], profiles: [] };
  const problem = problemOfFile(path, deps.machine);
  if (problem !== undefined) return reportOf(path, nothing, { verdict: "not-loadable", problem });
  const symbols = await runProbeProcess({ kind: "symbols", library: path }, deps, areFamilies);
  if (symbols.kind !== "answered") return reportOf(path, nothing, endOf(symbols));
  const families = symbols.answer;
  if (families.length === 0) return reportOf(path, nothing, { verdict: "unknown-family" });
  const profiles = await tryProfiles({ library: path, families, profiles: request.profiles }, deps);
  if (!families.some(({ family }) => family === "pkcs11"))
    return reportOf(path, { families, profiles }, judgeProfiles(profiles));
  const { parameters } = request;
  const task = {
    kind: "pkcs11",
    library: path,
    ...(parameters === undefined ? {} : { parameters }),
  } as const;
  const cryptoki = await runProbeProcess(task, deps, isCryptokiProbe);
  if (cryptoki.kind !== "answered") return reportOf(path, { families, profiles }, endOf(cryptoki));
  const pkcs11 = cryptoki.answer;
  return reportOf(path, { families, profiles, pkcs11 }, judgeSlots(pkcs11));
}

function reportOf(path: string, findings: Findings, judgement: Judgement): ProbeReport {
  return { path, ...judgement, ...findings, stores: storesOf(path, findings) };
}

function endOf(end: Exclude<ProbeEnd, { kind: "answered" }>): Judgement {
  if (end.kind !== "refused") return { verdict: end.kind, problem: end.problem };
  return { verdict: verdictOfCode(end.problem.code), problem: end.problem };
}

function judgeSlots({ slots }: CryptokiProbe): Judgement {
  const isUsable = slots.some(({ token }) => token?.isInitialized === true);
  if (isUsable) return { verdict: "usable" };
  const problem = slots.find((slot) => slot.problem !== undefined)?.problem;
  return { verdict: "no-device", ...(problem === undefined ? {} : { problem }) };
}

function storesOf(path: string, { pkcs11, profiles }: Findings): string[] {
  const tokens = (pkcs11?.slots ?? []).flatMap(({ token }) => (token?.isInitialized === true ? [token] : []));
  return [
    ...tokens.map((token) => `pkcs11:${nameOf(token)}?${queryOf(path, token.profile)}`),
    ...bestProfiles(profiles).map(({ family, profile, device }) => {
      const serial = device === undefined || device.serial === "" ? "" : `serial=${escaped(device.serial)}`;
      return `${family}:${serial}?${queryOf(path, profile)}`;
    }),
  ];
}

function nameOf({ serial, label }: TokenProbe): string {
  return serial === "" ? `token=${escaped(label)}` : `serial=${escaped(serial)}`;
}

function queryOf(path: string, profile: string | undefined): string {
  const query = `module-path=${path.split("/").map(escaped).join("/")}`;
  return profile === undefined ? query : `${query}&profile=${escaped(profile)}`;
}

/** For both halves of a store's URI (RFC 7512 §2.3 and §2.4): what both may hold as it is, is left. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
}
