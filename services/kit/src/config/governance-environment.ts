import { z } from "zod";

const path = z.string().min(1);

/** What a service reads of key rings, officers and its audit log; spread it into the service's own schema. */
export const governanceEnvironment = {
  /** JSON: which officers' policy and which logs this deployment trusts. Without it every change by an officer is refused. */
  GOVERNANCE_TRUST_FILE: path.optional(),
  /** JSON: the chain of officer policies; a newer one is taken over at start if its signatures hold. */
  OFFICER_POLICY_FILE: path.optional(),
  /**
   * PEM or DER: revocation lists of the officers' certificates, read again within seconds of a change. Absent: no certificate is known to
   * be revoked. A stale list holds up every change that does not only stop something.
   */
  OFFICER_CRLS_FILE: path.optional(),
  /** Folder of the audit log's checkpoints and tiles; on another disk than the database, where there is one. */
  AUDIT_FOLDER: path,
  /** Name of the audit log for good (C2SP tlog-checkpoint), e.g. `gov.example/audit/seal`. */
  AUDIT_ORIGIN: z
    .string()
    .regex(/^[^\s+]{1,200}$/u)
    // A number at its end would be an epoch of the log that is called without it.
    .refine((origin) => !/\/\d+$/.test(origin)),
  /** JSON: addresses and keys of the witnesses that cosign the audit log. */
  AUDIT_WITNESSES_FILE: path.optional(),
  /**
   * The stop rule: after so many seconds in which events waited and no witness cosigned, the service is not ready. Absent: a
   * missing witness is told, and nothing stops.
   */
  AUDIT_WITNESS_ABSENCE_SECONDS_MAX: z.coerce.number().int().min(60).optional(),
  /** JSON: names and keys of the logs that this service is a witness of. */
  AUDIT_WITNESSED_LOGS_FILE: path.optional(),
  /** Plan definitions besides those of the program, separated by commas. */
  PLAN_FILES: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((file) => file.trim())
        .filter((file) => file !== ""),
    ),
  /** JSON: where alarms go besides the log. */
  ALARMS_FILE: path.optional(),
};
