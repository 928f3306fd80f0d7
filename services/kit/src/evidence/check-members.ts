import {
  changeName,
  eventsName,
  planName,
  proofName,
  serviceFolder,
  serviceMembers,
} from "./evidence-members.ts";
import { manifestName, manifestSignatureName, policiesName } from "./evidence-manifest.ts";
import type { EvidenceManifest } from "./evidence-manifest.ts";
import type { EvidenceChecks } from "./evidence-report.ts";
import type { EvidenceMembers } from "./evidence-zip.ts";

/** Each service once, and nothing in the package that no check would look at: what is not looked at must not look proved. */
export function checkMembers(
  { services }: Pick<EvidenceManifest, "services">,
  members: EvidenceMembers,
  checks: EvidenceChecks,
): void {
  const folders = services.map(({ name }) => serviceFolder(name));
  const twice = folders.find((folder, at) => folders.indexOf(folder) !== at);
  if (twice !== undefined) checks.add("manifest-form", manifestName, false, `${twice} is there twice.`);
  const known = new Set([manifestName, manifestSignatureName, policiesName]);
  for (const folder of folders) for (const name of fixedMembers(folder, members)) known.add(name);
  const stray = [...members.keys()].find(
    (name) => !known.has(name) && !folders.some((folder) => isRelated(name, folder)),
  );
  if (stray === undefined) return;
  const isOfService = folders.some((folder) => stray.startsWith(folder));
  const detail = isOfService ? "No package has such a file there." : "It is of no service of the manifest.";
  checks.add("manifest-form", stray, false, detail);
}

/** What a service's folder has once, and its parts of events, each after the one before. */
function fixedMembers(folder: string, members: EvidenceMembers): readonly string[] {
  const names: string[] = Object.values(serviceMembers);
  for (let part = 1; members.has(`${folder}${eventsName(part)}`); part += 1)
    names.push(eventsName(part), proofName(part));
  return names.map((name) => `${folder}${name}`);
}

/** A change, a plan, or a document of a plan that is there or not. */
function isRelated(name: string, folder: string): boolean {
  if (!name.startsWith(folder)) return false;
  const [kind, file = "", document] = name.slice(folder.length).split("/");
  if (kind === "plans" && document !== undefined) return /^plan_[0-9a-f]+$/.test(file);
  const id = file.replace(/\.json$/, "");
  return (
    document === undefined && [changeName(id), planName(id)].includes(`${String(kind)}/${file}`) && isId(id)
  );
}

function isId(id: string): boolean {
  return /^(chg|plan)_[0-9A-Za-z]+$/.test(id);
}
