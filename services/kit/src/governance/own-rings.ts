import type { RingDeclaration } from "../key-rings/index.ts";

const yearDays = 365;
/** Witnesses and verifiers of a log learn of a successor from the log itself, within minutes. */
const logPropagationSeconds = 15 * 60;

/** The keys that every service has for its audit log, whatever else it does. */
export function ownRings(service: string): {
  readonly audit: RingDeclaration;
  readonly witness: RingDeclaration;
} {
  return {
    audit: {
      purpose: `${service}.audit`,
      title: { zh: "审计日志检查点", en: "Audit log checkpoints" },
      algorithm: "Ed25519",
      cryptoPeriodDays: 2 * yearDays,
      propagationSeconds: logPropagationSeconds,
      plan: "audit-key",
      adopt: "audit",
    },
    witness: {
      purpose: `${service}.witness`,
      title: { zh: "为其他服务的日志见证", en: "Cosignatures over other services' logs" },
      algorithm: "Ed25519",
      cryptoPeriodDays: 2 * yearDays,
      propagationSeconds: logPropagationSeconds,
      plan: "witness-key",
      adopt: "witness",
    },
  };
}
