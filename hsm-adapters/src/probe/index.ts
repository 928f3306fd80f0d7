/**
 * What a library is that somebody brought on a disk: of which family, for which devices, by which profile.
 *
 * {@link probeLibrary} loads it in processes of their own (`main.ts`), asks what can be asked without a PIN and without
 * changing anything, and reports also that it crashed, and in which function.
 */
export { problemOfFile } from "./inspect-file.ts";
export { probeLibrary } from "./probe-library.ts";
export type { ProbeRequest } from "./probe-library.ts";
export type { ProbeDeps } from "./probe-process.ts";
export { probeProgram } from "./probe-program.ts";
export type {
  CryptokiProbe,
  FamilyProbe,
  FieldNotTested,
  LibraryFamily,
  MechanismProbe,
  ProbeProblem,
  ProbeReport,
  ProbeVerdict,
  ProfileProbe,
  SlotProbe,
  TokenProbe,
} from "./probe-report.ts";
