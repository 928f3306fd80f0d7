import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

import type * as Pkcs11Package from "pkcs11js";

import type { BareToken } from "../../hsm-adapters/bench/softhsm.ts";
import type { SoftHsm } from "../../hsm-adapters/testing/softhsm.ts";

/** CKF_SERIAL_SESSION and CKF_RW_SESSION, CKU_USER, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA (PKCS#11 v2.40). */
const readWriteSession = 0x06;
const user = 1;
const ecKeyPairGeneration = 0x1040;
const ecdsa = 0x1041;
const attributes = { sign: 0x108, verify: 0x10a, ecParams: 0x180 } as const;

/** The named curve P-256 (1.2.840.10045.3.1.7), DER. */
const p256 = Buffer.from("06082a8648ce3d030107", "hex");

/** What opens SoftHSM in this process; undefined where it or pkcs11js is missing. */
export function bareTokenOpener(): ((softHsm: SoftHsm) => BareToken) | undefined {
  const isInstalled = spawnSync("softhsm2-util", ["--version"], { stdio: "ignore" }).status === 0;
  const library = pkcs11js();
  return isInstalled && library !== undefined ? (softHsm) => open(library, softHsm) : undefined;
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
function open({ PKCS11 }: typeof Pkcs11Package, softHsm: SoftHsm): BareToken {
  Object.assign(process.env, softHsm.environment);
  const library = new PKCS11();
  library.load(softHsm.library);
  library.C_Initialize();
  const slot = library.C_GetSlotList(true).find((one) => {
    const { serialNumber } = library.C_GetTokenInfo(one);
    return serialNumber.replaceAll("\0", "").trim() === softHsm.serial;
  });
  if (slot === undefined) throw new Error("the token of the bench is not there");
  const session = library.C_OpenSession(slot, readWriteSession);
  library.C_Login(session, user, new TextDecoder().decode(softHsm.pin()));
  const { privateKey } = library.C_GenerateKeyPair(
    session,
    { mechanism: ecKeyPairGeneration },
    [
      { type: attributes.ecParams, value: p256 },
      { type: attributes.verify, value: true },
    ],
    [{ type: attributes.sign, value: true }],
  );
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
