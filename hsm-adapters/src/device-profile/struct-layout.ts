import type { DeviceProfile } from "./device-profile.ts";

/** What decides where the members of a structure are. */
export type StructRules = Pick<DeviceProfile, "packing" | "ulongOctets">;

/** A C member: octets, or a number of so many octets that is aligned to them. */
export type MemberKind = "ulong" | "u32" | { readonly octets: number };

export interface Member<Name extends string> {
  readonly name: Name;
  readonly kind: MemberKind;
}

/** Where the members of a structure are, and what `sizeof` says of it. */
export interface StructLayout<Name extends string> {
  readonly size: number;
  readonly members: Readonly<Record<Name, { readonly offset: number; readonly octets: number }>>;
}

/** Lays out a structure as the C compiler of the library did. */
export function layOut<const Name extends string>(
  rules: StructRules,
  members: readonly Member<Name>[],
): StructLayout<Name> {
  const places: Partial<Record<Name, { offset: number; octets: number }>> = {};
  let offset = 0;
  let widest = 1;
  for (const { name, kind } of members) {
    const octets = octetsOf(rules, kind);
    const alignment = rules.packing === "1" || typeof kind === "object" ? 1 : octets;
    widest = Math.max(widest, alignment);
    offset = alignedTo(alignment, offset);
    places[name] = { offset, octets };
    offset += octets;
  }
  return { size: alignedTo(widest, offset), members: places as StructLayout<Name>["members"] };
}

function octetsOf(rules: StructRules, kind: MemberKind): number {
  if (typeof kind === "object") return kind.octets;
  return kind === "u32" ? 4 : rules.ulongOctets;
}

function alignedTo(alignment: number, offset: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

/** The octets of a member, in place. */
export function memberOf<Name extends string>(
  layout: StructLayout<Name>,
  struct: Uint8Array,
  name: Name,
): Uint8Array {
  const { offset, octets } = layout.members[name];
  return struct.subarray(offset, offset + octets);
}

/** A number in the order of this machine, which is little endian wherever such a library exists. */
export function readNumber(octets: Uint8Array): number {
  return octets.reduceRight((value, octet) => value * 256 + octet, 0);
}

export function writeNumber(octets: Uint8Array, value: number): void {
  let rest = value;
  for (let at = 0; at < octets.length; at += 1) {
    octets[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** A text as devices write it: up to the first zero octet, without blanks at its end. */
export function readText(octets: Uint8Array): string {
  const end = octets.indexOf(0);
  const text = new TextDecoder("utf-8").decode(end < 0 ? octets : octets.subarray(0, end));
  return text.trim();
}
