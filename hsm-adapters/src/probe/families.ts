import type { NativeLibrary } from "../native/index.ts";
import type { FamilyProbe, LibraryFamily } from "./probe-report.ts";

/**
 * The functions that the drivers call, by family: PKCS#11 v2.40 §5.4, GM/T 0018-2012 §6 and GM/T 0016-2012 §7. The first of each must be
 * there; it is what tells the family.
 */
const functionsOf: Readonly<Record<LibraryFamily, readonly string[]>> = {
  // All others are reached through it.
  pkcs11: ["C_GetFunctionList"],
  sdf: [
    "SDF_OpenDevice",
    "SDF_CloseDevice",
    "SDF_OpenSession",
    "SDF_CloseSession",
    "SDF_GetDeviceInfo",
    "SDF_GenerateRandom",
    "SDF_GetPrivateKeyAccessRight",
    "SDF_ReleasePrivateKeyAccessRight",
    "SDF_ExportSignPublicKey_ECC",
    "SDF_InternalSign_ECC",
  ],
  skf: [
    "SKF_EnumDev",
    "SKF_ConnectDev",
    "SKF_DisConnectDev",
    "SKF_GetDevInfo",
    "SKF_EnumApplication",
    "SKF_OpenApplication",
    "SKF_CloseApplication",
    "SKF_GetPINInfo",
    "SKF_VerifyPIN",
    "SKF_EnumContainer",
    "SKF_OpenContainer",
    "SKF_CloseContainer",
    "SKF_ExportPublicKey",
    "SKF_ECCSignData",
  ],
};

/** The families whose first function the library has; a library may have several. */
export function familiesOf(library: NativeLibrary): FamilyProbe[] {
  const families = Object.keys(functionsOf) as LibraryFamily[];
  return families.flatMap((family) => {
    const names = functionsOf[family];
    const missing = names.filter((name) => !library.has(name));
    const [first = ""] = names;
    return missing.includes(first) ? [] : [{ family, present: names.length - missing.length, missing }];
  });
}
