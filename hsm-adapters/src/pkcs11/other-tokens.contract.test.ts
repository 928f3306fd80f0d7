import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import { toolSuite } from "../../../scripts/testing/tools.ts";
import { createNss, nssTools } from "../../testing/nss.ts";
import { createOpencryptoki, opencryptokiTools } from "../../testing/opencryptoki.ts";
import { createP11Kit, p11KitTools } from "../../testing/p11-kit.ts";
import type { Pkcs11Token } from "../../testing/pkcs11-token.ts";
import { testPrograms } from "../../testing/programs.ts";
import { createTpm, tpmTools } from "../../testing/tpm.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import type { ExerciseOptions, KeyStorePlace } from "../contract/index.ts";
import { launchDriverHost } from "../driver-host/index.ts";
import { parseKeyUri } from "../key-store/index.ts";
import { pinFile } from "../pin/index.ts";
import { openTokenKeyStore } from "../token/index.ts";
import type { TokenOptions } from "../token/index.ts";
import { verifyInProcess } from "../verifier/index.ts";

interface TokenToExercise {
  readonly name: string;
  readonly tools: readonly string[];
  readonly create: () => Promise<Pkcs11Token>;
  readonly algorithms: readonly SignatureAlgorithmName[];
  readonly options?: TokenOptions;
  readonly exercise?: ExerciseOptions;
}

/** SoftHSM has tests of its own; these are what others wrote, with the habits of others. */
const tokens: readonly TokenToExercise[] = [
  {
    name: "NSS softokn",
    tools: nssTools,
    create: () => Promise.resolve(createNss()),
    algorithms: ["ES256", "RS256"],
  },
  { name: "p11-kit's client", tools: p11KitTools, create: createP11Kit, algorithms: ["ES256", "RS256"] },
  {
    name: "opencryptoki, which has RSA only",
    tools: opencryptokiTools,
    create: createOpencryptoki,
    algorithms: ["RS256"],
  },
  {
    name: "tpm2-pkcs11 on an emulated TPM",
    tools: tpmTools,
    create: () => createTpm(),
    algorithms: ["ES256", "RS256"],
    options: { sessions: 2 },
    exercise: { timeoutMilliseconds: 60_000 },
  },
];

async function placeOf({ create, options }: TokenToExercise): Promise<KeyStorePlace> {
  const token = await create();
  const { library, libraryParameters, label } = token;
  return {
    open: () =>
      openTokenKeyStore({
        connect: () =>
          launchDriverHost({
            program: testPrograms().driverHostProgram,
            family: "pkcs11",
            config: {
              library,
              token: { label },
              ...(libraryParameters === undefined ? {} : { libraryParameters }),
            },
            environment: token.environment,
          }),
        pin: pinFile(token.pinFile),
        verifier: verifyInProcess,
        ...(options === undefined ? {} : { options }),
        mode: "production",
      }),
    unknownUri: parseKeyUri("pkcs11:serial=nobody;id=%01"),
    dispose: () => token.dispose(),
  };
}

for (const token of tokens) {
  toolSuite(token.tools, token.name, () => {
    exerciseKeyStore(token.name, token.algorithms, () => placeOf(token), token.exercise);
  });
}
