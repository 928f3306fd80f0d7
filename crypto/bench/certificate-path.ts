import { createSigningParties } from "../testing/signing-parties.ts";
import { parseCertificate, validatePath } from "../src/x509/index.ts";
import { compared, mustHold, rateOf, ratesOf, scriptPace } from "./measure.ts";
import type { Measurement } from "./measure.ts";
import { nativeBaselines, nativeP256Tasks } from "./native-p256.ts";

/** A path of three certificates, two of whose signatures are checked, judged by RFC 5280 §6.1. */
export async function benchCertificatePath(): Promise<Measurement[]> {
  const subjects = await Promise.all((["ES256", "SM2"] as const).map(pathTasks));
  const rates = ratesOf([...nativeP256Tasks(), ...subjects.flatMap(({ tasks }) => tasks)], scriptPace);
  const { verify } = nativeBaselines(rates);
  return subjects.flatMap(({ subject, tasks, isYardstick }) =>
    tasks.map(({ name, operation }) =>
      compared(
        { subject, operation, unit: "1/s" },
        rateOf(rates, name),
        verify,
        isYardstick && operation === "validate" ? { of: "value", atLeast: 2000 } : undefined,
      ),
    ),
  );
}

async function pathTasks(algorithm: "ES256" | "SM2") {
  const { root, authority, signer } = await createSigningParties(algorithm);
  const chain = [signer, authority, root].map(({ certificate }) => certificate);
  const files = chain.map(({ raw }) => raw);
  const judge = ([certificate, intermediate, anchor]: typeof chain): boolean => {
    if (certificate === undefined || intermediate === undefined || anchor === undefined) return false;
    return validatePath({
      certificate,
      intermediates: [intermediate],
      anchors: [anchor],
      at: new Date("2026-06-01T00:00:00Z"),
      policy: { algorithms: "default" },
    }).isValid;
  };
  mustHold(judge(chain), "the path is valid");
  const subject = `path of 3 certificates, ${algorithm === "ES256" ? "P-256" : "SM2"}`;
  const tasks = [
    { operation: "validate", run: () => void judge(chain) },
    { operation: "parse and validate", run: () => void judge(files.map((der) => parseCertificate(der))) },
  ].map((task) => ({ ...task, name: `${subject} ${task.operation}` }));
  return { subject, tasks, isYardstick: algorithm === "ES256" };
}
