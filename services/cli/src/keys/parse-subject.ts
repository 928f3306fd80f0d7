import type { NameInput } from "@yinxin/crypto/issuing";
import { attributeTypes } from "@yinxin/crypto/x509";
import type { AttributeType } from "@yinxin/crypto/x509";

import { UsageError } from "../terminal/index.ts";

/**
 * A distinguished name as it is typed, `C=CN,O=…,CN=…`, in the order of its encoding; a comma or backslash inside a value stands
 * behind a backslash.
 *
 * @throws UsageError
 */
export function parseSubject(text: string): NameInput {
  return text.split(/(?<!\\),/).map((part) => {
    const equals = part.indexOf("=");
    const type = part.slice(0, Math.max(equals, 0)).trim();
    if (!isAttributeType(type)) {
      throw new UsageError(
        `--subject: "${part}" is not one of ${Object.keys(attributeTypes).join(", ")} with a value.`,
      );
    }
    return { type, value: part.slice(equals + 1).replaceAll(/\\([,\\])/g, "$1") };
  });
}

function isAttributeType(text: string): text is AttributeType {
  return Object.hasOwn(attributeTypes, text);
}
