/**
 * OFD (GB/T 33190-2016), the fixed-layout document format of Chinese government: a ZIP archive of XML parts. `openOfd`
 * reads a package so strictly that no other reader sees another content, walks to every part a reader would show, and
 * reads the signatures without judging them: `verification` does that. `prepareOfdSeal` adds one seal signature and leaves
 * every entry that is already there as it is. What a seal is made of is not known here: its bytes come in as they are.
 */
export { OfdError } from "./ofd-error.ts";
export type { OfdErrorCode } from "./ofd-error.ts";
export type { ByteRange } from "./byte-range.ts";
export type {
  Box,
  OfdEntry,
  OfdPackage,
  OfdPage,
  OfdSignature,
  OfdSignatureProblem,
  OfdStamp,
} from "./ofd-package.ts";
export { openOfd } from "./open-ofd.ts";
export { createOfd } from "./create-ofd.ts";
export { prepareOfdSeal } from "./prepare-ofd-seal.ts";
export type { OfdSealRequest, PreparedOfdSeal } from "./prepare-ofd-seal.ts";
export type { Quirk, QuirkCode } from "./quirk.ts";
export type { SignatureProvider } from "./signature-write.ts";
