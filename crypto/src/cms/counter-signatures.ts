import { CmsError } from "./cms-error.ts";
import { DerError } from "../der/index.ts";
import { attributeValues } from "./attributes.ts";
import { createCmsReading } from "./cms-reading.ts";
import { attributeOids } from "./oids.ts";
import { readSignerInfo } from "./parse-signer-info.ts";
import type { SignerInfo } from "./signed-data.ts";

/** The counter-signatures of a signer (RFC 5652 §11.4); undefined for one that cannot be read. */
export function counterSignaturesOf(signer: SignerInfo): readonly (SignerInfo | undefined)[] {
  return attributeValues(signer.unsignedAttributes, attributeOids.counterSignature).map((value) => {
    try {
      return readSignerInfo(value, createCmsReading(value));
    } catch (cause) {
      if (cause instanceof DerError || cause instanceof CmsError) return undefined;
      throw cause;
    }
  });
}
