import type { Handle, PKCS11, Template } from "pkcs11js";

import { KeyStoreError } from "../key-store/index.ts";
import type { CryptokiLibrary } from "./library.ts";
import { isReturnValue, returnValueNumbers } from "./return-values.ts";

/** A library with a session of its own, in which objects are looked at. */
export interface OpenToken {
  readonly library: CryptokiLibrary;
  readonly session: Handle;
}

/** How many handles are asked for at once. */
const handlesAtOnce = 64;

/** Far more than a token holds; a library that never says "no more" is ended by it. */
const maximumObjects = 100_000;

/** Every object that has these attributes. @throws KeyStoreError what the library says. */
export function findObjects({ library, session }: OpenToken, template: Template): Handle[] {
  library.call("C_FindObjectsInit", (module) => {
    module.C_FindObjectsInit(session, template);
  });
  try {
    return library.call("C_FindObjects", (module) => collect(module, session));
  } finally {
    library.call("C_FindObjectsFinal", (module) => {
      module.C_FindObjectsFinal(session);
    });
  }
}

function collect(module: PKCS11, session: Handle): Handle[] {
  const found: Handle[] = [];
  for (;;) {
    const more = module.C_FindObjects(session, handlesAtOnce);
    if (more.length === 0) return found;
    found.push(...more);
    if (found.length > maximumObjects)
      throw new KeyStoreError("device-error", "the token lists objects without end");
  }
}

/** The attributes of an object, by number; absent if the object has no such attribute, or does not show it. */
export type AttributeValues = ReadonlyMap<number, Uint8Array>;

/** Reads attributes, in one call if the object has them all. @throws KeyStoreError what the library says. */
export function readAttributes(token: OpenToken, object: Handle, types: readonly number[]): AttributeValues {
  const all = attributesIfShown(token, object, types);
  if (all !== undefined) return all;
  // One that is missing fails the whole call, and pkcs11js then gives none.
  const single = types.flatMap((type) => [...(attributesIfShown(token, object, [type]) ?? [])]);
  return new Map(single);
}

function attributesIfShown(
  { library, session }: OpenToken,
  object: Handle,
  types: readonly number[],
): AttributeValues | undefined {
  const template = types.map((type) => ({ type }));
  try {
    const read = library.call("C_GetAttributeValue", (module) =>
      module.C_GetAttributeValue(session, object, template),
    );
    return new Map(
      read.flatMap(({ type, value }) => {
        const shown = value as Buffer | undefined;
        return shown === undefined ? [] : [[type, new Uint8Array(shown)] as const];
      }),
    );
  } catch (cause) {
    const { attributeTypeInvalid, attributeSensitive } = returnValueNumbers;
    if (isReturnValue(cause, attributeTypeInvalid, attributeSensitive)) return undefined;
    throw cause;
  }
}

/** Destroys an object. @throws KeyStoreError what the library says. */
export function destroyObject({ library, session }: OpenToken, object: Handle): void {
  library.call("C_DestroyObject", (module) => {
    module.C_DestroyObject(session, object);
  });
}

/** A CK_ULONG of an attribute, in the byte order of the machine, which is little-endian wherever Node runs. */
export function numberIn(value: Uint8Array | undefined): number | undefined {
  if (value === undefined || (value.length !== 8 && value.length !== 4)) return undefined;
  return new DataView(value.buffer, value.byteOffset).getUint32(0, true);
}

/** A CK_BBOOL; undefined where the token does not say. */
export function factIn(value: Uint8Array | undefined): boolean | undefined {
  return value?.length === 1 ? value[0] !== 0 : undefined;
}
