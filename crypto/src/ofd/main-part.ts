import { resolveLocation } from "./location.ts";
import { OfdError } from "./ofd-error.ts";
import { childOf, childTextOf } from "./xml-elements.ts";
import type { XmlElement } from "./xml-read.ts";

/** The package's one fixed name, GB/T 33190-2016. */
export const mainPart = "OFD.xml";

/** Where a DocBody says that its document begins. @throws OfdError `ofd-malformed` */
export function documentPartOf(body: XmlElement): string {
  const location = childTextOf(body, "DocRoot");
  const part = location === undefined ? undefined : resolveLocation("", location);
  if (part === undefined || part === "")
    throw new OfdError("ofd-malformed", "a DocBody has no document", mainPart);
  return part;
}

/** Where a DocBody says that its signatures are listed; undefined if it has none. @throws OfdError `ofd-malformed` */
export function signaturesPartOf(body: XmlElement): string | undefined {
  const element = childOf(body, "Signatures");
  if (element === undefined) return undefined;
  const part = resolveLocation("", element.text.trim());
  if (part === undefined || part === "")
    throw new OfdError("ofd-malformed", "Signatures is no path", mainPart);
  return part;
}
