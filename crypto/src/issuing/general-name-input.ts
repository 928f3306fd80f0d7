import { contextExplicit, contextImplicit } from "../der/index.ts";
import { utf8Of } from "../bytes/index.ts";
import { IssuingError } from "./error.ts";
import { encodeName } from "./name-input.ts";
import type { NameInput } from "./name-input.ts";

/** A GeneralName to be encoded (RFC 5280 §4.2.1.6). */
export type GeneralNameInput =
  | { readonly dns: string }
  | { readonly email: string }
  | { readonly uri: string }
  /** 4 or 16 octets; in a name constraint twice as many, the second half being the mask. */
  | { readonly ip: Uint8Array }
  | { readonly directory: NameInput };

/** An absolute path of labels; the first may be `*` in a certificate. */
const dnsPattern =
  /^(\*\.)?([A-Za-z0-9_]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9_]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const emailPattern = /^[!-?A-~]+@[A-Za-z0-9.-]+$/;
const uriPattern = /^[a-z][a-z0-9+.-]*:[!-~]+$/;
/** RFC 1035 §2.3.4 for domains; addresses on the web can be longer but need not be. */
const maximumLength = 255;

/** A name in a certificate, DER. @throws IssuingError `extension-invalid` */
export function encodeGeneralName(input: GeneralNameInput): Uint8Array {
  if ("dns" in input) return encodeText(2, input.dns, dnsPattern);
  if ("email" in input) return encodeText(1, input.email, emailPattern);
  if ("uri" in input) return encodeText(6, input.uri, uriPattern);
  if ("directory" in input) return contextExplicit(4, encodeName(input.directory));
  return encodeAddress(input.ip, [4, 16]);
}

/** A base of a name constraint (RFC 5280 §4.2.1.10), DER. @throws IssuingError `extension-invalid` */
export function encodeConstraintName(input: GeneralNameInput): Uint8Array {
  // A whole host, or with a leading point everything below a domain.
  if ("email" in input) return encodeText(1, input.email, /^([!-?A-~]+@|\.)?[A-Za-z0-9.-]+$/);
  if ("uri" in input) return encodeText(6, input.uri, /^\.?[A-Za-z0-9.-]+$/);
  if ("dns" in input) return encodeText(2, input.dns, /^[A-Za-z0-9_][A-Za-z0-9._-]*$/);
  return "ip" in input ? encodeAddress(input.ip, [8, 32]) : encodeGeneralName(input);
}

function encodeText(number: number, text: string, pattern: RegExp): Uint8Array {
  if (text.length > maximumLength || !pattern.test(text)) {
    throw new IssuingError("extension-invalid", `"${text}" is not a name of its kind`);
  }
  return contextImplicit(number, utf8Of(text), false);
}

function encodeAddress(octets: Uint8Array, lengths: readonly number[]): Uint8Array {
  if (!lengths.includes(octets.length)) {
    throw new IssuingError("extension-invalid", `an address here has ${lengths.join(" or ")} octets`);
  }
  return contextImplicit(7, octets, false);
}
