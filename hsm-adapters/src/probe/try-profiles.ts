import { builtInProfiles } from "./built-in-profiles.ts";
import { runProbeProcess } from "./probe-process.ts";
import type { ProbeDeps, ProbeEnd } from "./probe-process.ts";
import { isFitting } from "./read-answers.ts";
import type { Fitting } from "./read-answers.ts";
import type { FamilyProbe, ProbeReport, ProbeVerdict, ProfileProbe } from "./probe-report.ts";

export type Judgement = Pick<ProbeReport, "verdict" | "problem">;

interface ProfilesToTry {
  readonly library: string;
  readonly families: readonly FamilyProbe[];
  /** All that come with Yinxin if absent. */
  readonly profiles: readonly string[] | undefined;
}

/** Tries every profile, each in a process of its own: more than one may fit, and by different evidence. Best first in each family. */
export async function tryProfiles(wanted: ProfilesToTry, deps: ProbeDeps): Promise<ProfileProbe[]> {
  const tried: ProfileProbe[] = [];
  for (const { family } of wanted.families) {
    if (family !== "pkcs11") tried.push(...(await tryProfilesOf(family, wanted, deps)));
  }
  return tried;
}

async function tryProfilesOf(
  family: "sdf" | "skf",
  { library, profiles }: ProfilesToTry,
  deps: ProbeDeps,
): Promise<ProfileProbe[]> {
  const tried: ProfileProbe[] = [];
  for (const profile of profiles ?? builtInProfiles(family)) {
    const end = await runProbeProcess({ kind: "profile", library, family, profile }, deps, isFitting);
    tried.push(profileProbeOf(profile, family, end));
    // Without a device the others would say the same.
    if (tried.at(-1)?.result === "no-device") break;
  }
  return tried.toSorted(byHowFar);
}

const bestFirst: readonly ProfileProbe["result"][] = [
  ...(["fits", "untested", "does-not-fit", "no-device", "failed"] as const),
  ...(["hung", "crashed", "malformed"] as const),
];

/** The more was shown the better; what is equal stays in the order in which it was tried. */
function byHowFar(left: ProfileProbe, right: ProfileProbe): number {
  return (
    bestFirst.indexOf(left.result) - bestFirst.indexOf(right.result) ||
    right.tested.length - left.tested.length
  );
}

function profileProbeOf(profile: string, family: "sdf" | "skf", end: ProbeEnd<Fitting>): ProfileProbe {
  if (end.kind === "answered") {
    return { profile, family, ...end.answer };
  }
  const { problem } = end;
  const result = end.kind === "refused" ? resultOfCode(problem.code) : end.kind;
  return { profile, family, result, tested: [], problem };
}

function resultOfCode(code: string): ProfileProbe["result"] {
  if (code === "profile-wrong") return "does-not-fit";
  if (code === "configuration-malformed") return "malformed";
  return verdictOfCode(code) === "no-device" ? "no-device" : "failed";
}

/** What a refusal says about the library. */
export function verdictOfCode(code: string): ProbeVerdict {
  if (code === "library-not-loadable") return "not-loadable";
  return code === "token-not-found" || code === "device-removed" ? "no-device" : "failed";
}

/** Of each family the profile of which most was shown, if any fits. */
export function bestProfiles(profiles: readonly ProfileProbe[]): ProfileProbe[] {
  return (["sdf", "skf"] as const).flatMap((family) => {
    const fitting = profiles.filter(
      (each) => each.family === family && (each.result === "fits" || each.result === "untested"),
    );
    return fitting.toSorted((left, right) => right.tested.length - left.tested.length).slice(0, 1);
  });
}

/** What tells most about a library for which no profile fits, first. */
const worstFirst = ["no-device", "crashed", "hung"] as const;

export function judgeProfiles(profiles: readonly ProfileProbe[]): Judgement {
  if (bestProfiles(profiles).length > 0) return { verdict: "usable" };
  const malformed = profiles.find(({ result }) => result === "malformed");
  const worst = worstFirst.find((each) => profiles.some(({ result }) => result === each));
  const verdict = worst ?? (malformed === undefined ? "profile-missing" : "profile-malformed");
  const problem = (profiles.find(({ result }) => result === worst) ?? malformed ?? profiles[0])?.problem;
  return { verdict, ...(problem === undefined ? {} : { problem }) };
}
