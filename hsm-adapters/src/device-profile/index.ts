/**
 * What differs between the libraries of vendors who implement SDF (GM/T 0018) or SKF (GM/T 0016), as data: sizes and orders of
 * structures, numbers of algorithms and errors, what is signed.
 *
 * {@link loadDeviceProfile} reads a profile; the codecs (`readEccPublicKey` …) and {@link errorOfNumber} are driven by it. A library that
 * does not keep to its profile is noticed: outputs have a guarded room behind them ({@link createOutput}, {@link checkOutput}), and
 * numbers must stand where the profile says. Nothing here calls a library.
 */
export { algorithmIdNames, cipherMembers, deviceErrorCodes, deviceProfileFormat } from "./device-profile.ts";
export type {
  AlgorithmIdName,
  CipherLayout,
  CipherMember,
  DeviceError,
  DeviceErrorCode,
  DeviceProfile,
  ErrorMap,
  ExtraArgument,
  PasswordRule,
} from "./device-profile.ts";
export { errorKey, readDeviceProfile } from "./read-device-profile.ts";
export type { FindProfile } from "./read-device-profile.ts";
export { builtInProfileFile, loadDeviceProfile } from "./load-device-profile.ts";
export { layOut, memberOf, readNumber, readText, writeNumber } from "./struct-layout.ts";
export type { Member, MemberKind, StructLayout, StructRules } from "./struct-layout.ts";
export {
  eccCipherLayout,
  eccPublicKeyLayout,
  eccSignatureLayout,
  readEccCipher,
  readEccPublicKey,
  readEccSignature,
  writeEccCipher,
  writeEccPublicKey,
  writeEccSignature,
} from "./ecc-structs.ts";
export type { EccCipher } from "./ecc-structs.ts";
export { readRsaPublicKey, rsaPublicKeyLayout, writeRsaPublicKey } from "./rsa-structs.ts";
export type { RsaNumbers } from "./rsa-structs.ts";
export {
  readSdfDeviceInfo,
  readSkfDeviceInfo,
  sdfDeviceInfoLayout,
  skfDeviceInfoLayout,
} from "./device-info-structs.ts";
export type { DeviceDescription } from "./device-info-structs.ts";
export { checkOutput, createOutput, createUlong, overrunOf, readUlong } from "./native-output.ts";
export type { NativeOutput } from "./native-output.ts";
export { profileWrong } from "./profile-wrong.ts";
export { isSm2Point, sm2PublicKeyOfPoint } from "./sm2-public-key.ts";
export { errorOfNumber } from "./vendor-error.ts";
