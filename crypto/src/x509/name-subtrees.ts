import type { GeneralName } from "./general-name.ts";
import { mayBeSameRelativeName } from "./name-comparison.ts";
import type { Name } from "./name.ts";

/** Forms for which RFC 5280 §4.2.1.10 defines no comparison that we make, or a name that has no meaning in its form. */
export function isUnsupportedForm(name: GeneralName): boolean {
  switch (name.kind) {
    case "directory":
      return false;
    case "email":
      return mailboxOf(name.value) === undefined;
    case "dns":
      return !isHostName(withoutWildcard(name.value));
    case "uri":
      return hostOf(name.value) === undefined;
    case "ip":
      return name.octets.length !== 4 && name.octets.length !== 16;
    default:
      return true;
  }
}

/**
 * Whether a name can be the base of a subtree (RFC 5280 §4.2.1.10): one that covers nothing would exclude nothing, though
 * its author meant to.
 */
export function isSubtreeBase(base: GeneralName): boolean {
  switch (base.kind) {
    case "email":
      return base.value.includes("@") ? mailboxOf(base.value) !== undefined : isDomain(base.value);
    case "dns":
      return isDomain(base.value);
    case "uri":
      return isDomain(base.value) && !isNumericHost(base.value);
    default:
      return true;
  }
}

/** A host, or with a leading point everything below it; nothing at all stands for every host. */
function isDomain(value: string): boolean {
  return value === "" || isHostName(value.replace(/^\./, ""));
}

/** Whether the whole of what the name stands for lies in the subtree (RFC 5280 §4.2.1.10). Both are of one form. */
export function liesWithin(subtree: GeneralName, name: GeneralName): boolean {
  if ("value" in subtree && "value" in name && subtree.kind === name.kind) {
    return textRules[subtree.kind](subtree.value, name.value);
  }
  if (subtree.kind === "directory" && name.kind === "directory") {
    return isNameWithin(subtree.name, name.name, (left, right) => left === right);
  }
  return subtree.kind === "ip" && name.kind === "ip" && isAddressWithin(subtree.octets, name.octets);
}

const textRules: Readonly<Record<"email" | "dns" | "uri", (subtree: string, name: string) => boolean>> = {
  email: isMailboxWithin,
  dns: isDnsNameWithin,
  uri: isUriWithin,
};

function isUriWithin(subtree: string, uri: string): boolean {
  const host = hostOf(uri);
  return host !== undefined && isHostWithin(subtree, host);
}

/**
 * Whether any of what the name may stand for lies in the subtree: a wildcard also stands for names it does not show, a
 * text of unknown repertoire for any, and an IPv6 address may be an IPv4 one (RFC 4291 §2.5.5.2).
 */
export function mayCover(subtree: GeneralName, name: GeneralName): boolean {
  if (liesWithin(subtree, name)) return true;
  if (subtree.kind === "directory" && name.kind === "directory") {
    return isNameWithin(subtree.name, name.name, mayBeSameRelativeName);
  }
  if (subtree.kind === "ip" && name.kind === "ip") {
    return isMappedAddress(name.octets) && isAddressWithin(subtree.octets, name.octets.subarray(12));
  }
  return subtree.kind === "dns" && name.kind === "dns" && wildcardCovers(subtree.value, name.value);
}

/** ::ffff:0:0/96 */
function isMappedAddress(octets: Uint8Array): boolean {
  const prefix = octets.subarray(0, 12);
  return octets.length === 16 && prefix.every((octet, index) => octet === (index < 10 ? 0 : 0xff));
}

function wildcardCovers(subtree: string, name: string): boolean {
  if (!name.startsWith("*.")) return false;
  const suffix = name.slice(1).toLowerCase();
  const excluded = subtree.toLowerCase().replace(/^\./, "");
  // The wildcard stands for one label.
  return excluded.endsWith(suffix) && !excluded.slice(0, -suffix.length).includes(".");
}

/** A name lies in the subtree of every beginning of it, also of the empty name. */
function isNameWithin(base: Name, name: Name, isSame: (left: string, right: string) => boolean): boolean {
  return base.comparableParts.every((part, index) => {
    const actual = name.comparableParts[index];
    return actual !== undefined && isSame(part, actual);
  });
}

function isMailboxWithin(subtree: string, address: string): boolean {
  const mailbox = mailboxOf(address);
  if (mailbox === undefined) return false;
  const wanted = subtree.includes("@") ? mailboxOf(subtree) : undefined;
  if (wanted !== undefined) return wanted.local === mailbox.local && wanted.host === mailbox.host;
  return !subtree.includes("@") && isHostWithin(subtree, mailbox.host);
}

/** RFC 5321 §4.5.3.1: 64 octets, "@" and 255 octets. A longer one is no address and costs time in every comparison. */
const longestMailbox = 320;

/** The local part without its quotes, exactly as written otherwise; the host in lower case. */
function mailboxOf(address: string): { local: string; host: string } | undefined {
  if (address.length > longestMailbox) return undefined;
  const at = address.lastIndexOf("@");
  const host = address.slice(at + 1).toLowerCase();
  const written = address.slice(0, Math.max(at, 0));
  const isQuoted = written.length > 2 && written.startsWith('"') && written.endsWith('"');
  const local = isQuoted ? written.slice(1, -1).replaceAll(/\\(.)/g, "$1") : written;
  const isMailbox = local !== "" && (isQuoted || !/[\s"@\\,;:<>()[\]]/.test(local)) && isHostName(host);
  return isMailbox ? { local, host } : undefined;
}

/** For URIs and mailboxes a plain host means itself alone, and one with a leading point everything below it. */
function isHostWithin(subtree: string, host: string): boolean {
  const wanted = subtree.toLowerCase();
  if (wanted === "") return true;
  return wanted.startsWith(".") ? host.endsWith(wanted) && host.length > wanted.length : host === wanted;
}

/** For DNS names a host means itself and everything below it. */
function isDnsNameWithin(subtree: string, name: string): boolean {
  const wanted = subtree.toLowerCase();
  const actual = name.toLowerCase();
  if (wanted === "") return true;
  // RFC 5280 has no leading point in DNS constraints; those who write one mean what lies below.
  if (wanted.startsWith(".")) return actual.endsWith(wanted) && actual.length > wanted.length;
  return actual === wanted || actual.endsWith(`.${wanted}`);
}

/** Longer ones are not judged: each comparison reads them again. */
const longestUri = 2048;

/** RFC 3986 §3.2, with nothing in it that browsers read in another way, such as a backslash or a second "@". */
const authorityPattern =
  /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[A-Za-z0-9._~!$&'()*+,;=:%-]*@)?([^/?#@:]*)(?::\d*)?(?=[/?#]|$)/;

/** The host of an absolute URI with an authority, if it is a name (RFC 5280 §4.2.1.10: an address cannot be judged). */
function hostOf(uri: string): string | undefined {
  const host = uri.length > longestUri ? undefined : authorityPattern.exec(uri)?.[1]?.toLowerCase();
  return host !== undefined && isHostName(host) && !isNumericHost(host) ? host : undefined;
}

/** Programs read a host that ends in a number as an IPv4 address, in whatever notation. */
function isNumericHost(host: string): boolean {
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i.test(host);
}

function withoutWildcard(name: string): string {
  return name.startsWith("*.") ? name.slice(2) : name;
}

/** Labels of letters, digits, hyphens and, because they are met, underscores; as long as DNS allows. */
function isHostName(host: string): boolean {
  return host.length <= 253 && /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/i.test(host);
}

function isAddressWithin(subtree: Uint8Array, address: Uint8Array): boolean {
  const length = address.length;
  if (subtree.length !== length * 2) return false;
  return address.every((octet, index) => {
    const mask = subtree[length + index] ?? 0;
    return (octet & mask) === ((subtree[index] ?? 0) & mask);
  });
}
