import type { GeneralName } from "./general-name.ts";
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

/** Whether the whole of what the name stands for lies in the subtree (RFC 5280 §4.2.1.10). Both are of one form. */
export function liesWithin(subtree: GeneralName, name: GeneralName): boolean {
  if ("value" in subtree && "value" in name && subtree.kind === name.kind) {
    return textRules[subtree.kind](subtree.value, name.value);
  }
  if (subtree.kind === "directory" && name.kind === "directory") return isNameWithin(subtree.name, name.name);
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

/** Whether any of what the name stands for lies in the subtree: a wildcard also stands for names it does not show. */
export function mayCover(subtree: GeneralName, name: GeneralName): boolean {
  if (liesWithin(subtree, name)) return true;
  if (subtree.kind !== "dns" || name.kind !== "dns" || !name.value.startsWith("*.")) return false;
  const suffix = name.value.slice(1).toLowerCase();
  const excluded = subtree.value.toLowerCase().replace(/^\./, "");
  // The wildcard stands for one label.
  return excluded.endsWith(suffix) && !excluded.slice(0, -suffix.length).includes(".");
}

/** A name lies in the subtree of every beginning of it, also of the empty name. */
function isNameWithin(base: Name, name: Name): boolean {
  return base.comparableParts.every((part, index) => name.comparableParts[index] === part);
}

function isMailboxWithin(subtree: string, address: string): boolean {
  const mailbox = mailboxOf(address);
  if (mailbox === undefined) return false;
  const wanted = subtree.includes("@") ? mailboxOf(subtree) : undefined;
  if (wanted !== undefined) return wanted.local === mailbox.local && wanted.host === mailbox.host;
  return !subtree.includes("@") && isHostWithin(subtree, mailbox.host);
}

/** The local part without its quotes, exactly as written otherwise; the host in lower case. */
function mailboxOf(address: string): { local: string; host: string } | undefined {
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

/** The host of an absolute URI with an authority, if it is a name (RFC 5280 §4.2.1.10: an address cannot be judged). */
function hostOf(uri: string): string | undefined {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri)?.[1];
  const host = authority
    ?.slice(authority.lastIndexOf("@") + 1)
    .replace(/:\d*$/, "")
    .toLowerCase();
  return host !== undefined && isHostName(host) && !/^\d+(\.\d+){3}$/.test(host) ? host : undefined;
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
