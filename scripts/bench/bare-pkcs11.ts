import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

import type * as Pkcs11Package from "pkcs11js";

import type { BareToken } from "../../hsm-adapters/bench/softhsm.ts";
import type { SoftHsm } from "../../hsm-adapters/testing/softhsm.ts";

/** CKF_SERIAL_SESSION, CKU_USER, CKM_ECDSA, CKO_PRIVATE_KEY, CKA_CLASS and CKA_LABEL (PKCS#11 v2.40). */
const serialSession = 0x04;
const user = 1;
const ecdsa = 0x1041;
const privateKeyClass = 3;
const attributes = { class: 0x000, label: 0x003 } as const;

/** What opens SoftHSM in this process; undefined where it or pkcs11js is missing. */
export function bareTokenOpener(): ((softHsm: SoftHsm, label: string) => BareToken) | undefined {
  const isInstalled = spawnSync("softhsm2-util", ["--version"], { stdio: "ignore" }).status === 0;
  const library = pkcs11js();
  return isInstalled && library !== undefined ? (softHsm, label) => open(library, softHsm, label) : undefined;
}

function pkcs11js(): typeof Pkcs11Package | undefined {
  try {
    return createRequire(import.meta.url)("pkcs11js") as typeof Pkcs11Package;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND") return undefined;
    throw cause;
  }
}

/** The quickest way from JavaScript to the token: synchronous calls, no process between, no verification. */
function open({ PKCS11 }: typeof Pkcs11Package, softHsm: SoftHsm, label: string): BareToken {
  Object.assign(process.env, softHsm.environment);
  const library = new PKCS11();
  library.load(softHsm.library);
  library.C_Initialize();
  const slot = library.C_GetSlotList(true).find((one) => {
    const { serialNumber } = library.C_GetTokenInfo(one);
    return serialNumber.replaceAll("\0", "").trim() === softHsm.serial;
  });
  if (slot === undefined) throw new Error("the token of the bench is not there");
  const session = library.C_OpenSession(slot, serialSession);
  library.C_Login(session, user, new TextDecoder().decode(softHsm.pin()));
  library.C_FindObjectsInit(session, [
    { type: attributes.class, value: privateKeyClass },
    { type: attributes.label, value: label },
  ]);
  const [privateKey] = library.C_FindObjects(session, 1);
  library.C_FindObjectsFinal(session);
  if (privateKey === undefined) throw new Error("the key of the bench is not there");
  const digest = Buffer.alloc(32, 1);
  const signature = Buffer.alloc(64);
  return {
    sign: () => {
      library.C_SignInit(session, { mechanism: ecdsa }, privateKey);
      library.C_Sign(session, digest, signature);
    },
    close: () => {
      library.C_Finalize();
    },
  };
}
