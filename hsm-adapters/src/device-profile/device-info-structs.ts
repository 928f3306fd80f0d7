import { layOut, memberOf, readNumber, readText } from "./struct-layout.ts";
import type { StructLayout, StructRules } from "./struct-layout.ts";

/** What a device says of itself. */
export interface DeviceDescription {
  readonly manufacturer: string;
  readonly model: string;
  readonly label: string;
  readonly serial: string;
  readonly firmware: string;
}

/** DEVICEINFO (GM/T 0018-2012 §5.2). Its numbers are `unsigned int` with every vendor. */
export function sdfDeviceInfoLayout(rules: StructRules): StructLayout<SdfMember> {
  return layOut(rules, [
    { name: "IssuerName", kind: { octets: 40 } },
    { name: "DeviceName", kind: { octets: 16 } },
    { name: "DeviceSerial", kind: { octets: 16 } },
    { name: "DeviceVersion", kind: "u32" },
    { name: "StandardVersion", kind: "u32" },
    { name: "AsymAlgAbility0", kind: "u32" },
    { name: "AsymAlgAbility1", kind: "u32" },
    { name: "SymAlgAbility", kind: "u32" },
    { name: "HashAlgAbility", kind: "u32" },
    { name: "BufferSize", kind: "u32" },
  ]);
}
type SdfMember =
  | "IssuerName"
  | "DeviceName"
  | "DeviceSerial"
  | "DeviceVersion"
  | "StandardVersion"
  | "AsymAlgAbility0"
  | "AsymAlgAbility1"
  | "SymAlgAbility"
  | "HashAlgAbility"
  | "BufferSize";

export function readSdfDeviceInfo(rules: StructRules, struct: Uint8Array): DeviceDescription {
  const layout = sdfDeviceInfoLayout(rules);
  const text = (name: SdfMember): string => readText(memberOf(layout, struct, name));
  return {
    manufacturer: text("IssuerName"),
    model: text("DeviceName"),
    label: text("DeviceName"),
    serial: text("DeviceSerial"),
    firmware: readNumber(memberOf(layout, struct, "DeviceVersion")).toString(16),
  };
}

/** DEVINFO (GM/T 0016-2012 §6.4.2): 294 octets packed, 296 as a compiler aligns it. */
export function skfDeviceInfoLayout(rules: StructRules): StructLayout<SkfMember> {
  return layOut(rules, [
    { name: "Version", kind: { octets: 2 } },
    { name: "Manufacturer", kind: { octets: 64 } },
    { name: "Issuer", kind: { octets: 64 } },
    { name: "Label", kind: { octets: 32 } },
    { name: "SerialNumber", kind: { octets: 32 } },
    { name: "HWVersion", kind: { octets: 2 } },
    { name: "FirmwareVersion", kind: { octets: 2 } },
    { name: "AlgSymCap", kind: "ulong" },
    { name: "AlgAsymCap", kind: "ulong" },
    { name: "AlgHashCap", kind: "ulong" },
    { name: "DevAuthAlgId", kind: "ulong" },
    { name: "TotalSpace", kind: "ulong" },
    { name: "FreeSpace", kind: "ulong" },
    { name: "MaxECCBufferSize", kind: "ulong" },
    { name: "MaxBufferSize", kind: "ulong" },
    { name: "Reserved", kind: { octets: 64 } },
  ]);
}
type SkfMember =
  | "Version"
  | "Manufacturer"
  | "Issuer"
  | "Label"
  | "SerialNumber"
  | "HWVersion"
  | "FirmwareVersion"
  | "AlgSymCap"
  | "AlgAsymCap"
  | "AlgHashCap"
  | "DevAuthAlgId"
  | "TotalSpace"
  | "FreeSpace"
  | "MaxECCBufferSize"
  | "MaxBufferSize"
  | "Reserved";

export function readSkfDeviceInfo(rules: StructRules, struct: Uint8Array): DeviceDescription {
  const layout = skfDeviceInfoLayout(rules);
  const text = (name: SkfMember): string => readText(memberOf(layout, struct, name));
  const [major = 0, minor = 0] = memberOf(layout, struct, "FirmwareVersion");
  return {
    manufacturer: text("Manufacturer"),
    model: text("Issuer"),
    label: text("Label"),
    serial: text("SerialNumber"),
    firmware: `${String(major)}.${String(minor)}`,
  };
}
