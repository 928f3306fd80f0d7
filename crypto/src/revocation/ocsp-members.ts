import { DerError, defaultEncoded, readChildren, readSmallInteger } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { X509Error } from "../x509/index.ts";
import { OcspError } from "./ocsp-error.ts";

/** The members of a SEQUENCE, taken from the left. Each method throws DerError if it does not find what it must. */
export interface OcspMembers {
  /** A member that must be there. */
  next(): DerElement;
  /** The next member if it has this tag. */
  optional(tag: number): DerElement | undefined;
  /** What an explicit tag wraps, if it is the next member. */
  optionalExplicit(tag: number): DerElement | undefined;
  /** There is nothing more. */
  end(): void;
}

/** @param tag of a SEQUENCE, unless it is implicit. @throws DerError */
export function membersOf(from: DerElement, tag?: number): OcspMembers {
  const members = [...readChildren(from, tag)];
  const optional = (wanted: number): DerElement | undefined =>
    members[0]?.tag === wanted ? members.shift() : undefined;
  return {
    next: () => {
      const member = members.shift();
      if (member === undefined) throw wrong(from);
      return member;
    },
    optional,
    optionalExplicit: (wanted) => {
      const wrapper = optional(wanted);
      return wrapper && onlyMemberOf(wrapper);
    },
    end: () => {
      if (members.length > 0) throw wrong(from);
    },
  };
}

/** What an explicit context tag wraps. @throws DerError */
export function onlyMemberOf(wrapper: DerElement): DerElement {
  const [member, ...more] = wrapper.children;
  if (member === undefined || more.length > 0) throw wrong(wrapper);
  return member;
}

/** The members of a list that has at least one. @throws DerError */
export function listOf(from: DerElement, maximum: number): readonly DerElement[] {
  const items = readChildren(from);
  if (items.length === 0 || items.length > maximum)
    throw new DerError("der-bad-value", `a list has 1 to ${String(maximum)} items`, from.offset);
  return items;
}

/** Takes [0] version: 1 is the only one, and DER leaves the default out. @throws OcspError, DerError */
export function takeVersion(members: OcspMembers): void {
  const wrapper = members.optional(0xa0);
  if (wrapper === undefined) return;
  const version = readSmallInteger(onlyMemberOf(wrapper)) + 1;
  if (version !== 1) throw new OcspError("ocsp-version", `version ${String(version)} is unknown`);
  defaultEncoded(wrapper);
}

/** Turns what a reader beneath throws into an OcspError. @throws OcspError */
export function readingOcsp<Result>(what: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof DerError || cause instanceof X509Error)) throw cause;
    throw new OcspError("ocsp-malformed", `not an OCSP ${what}: ${cause.message}`, { cause });
  }
}

function wrong(from: DerElement): DerError {
  return new DerError("der-unexpected", "members are missing, wrong, or too many", from.offset);
}
