import type { ProblemTable } from "../problems/index.ts";

export type EnrolmentRefusalCode = "certificate-not-issued" | "certificate-not-revoked";

/** To be spread into the problem table of a service that enrols certificates. */
export const enrolmentProblems = {
  "certificate-not-issued": {
    status: 502,
    title: { zh: "证书颁发机构没有签发证书", en: "The certificate authority issued no certificate" },
    hint: {
      zh: "detail 说明了原因；若是证书服务无法访问，请稍后重试。",
      en: "The detail says why; if the certificate service cannot be reached, try again in a moment.",
    },
  },
  "certificate-not-revoked": {
    status: 502,
    title: { zh: "证书颁发机构没有吊销证书", en: "The certificate authority did not revoke the certificate" },
    hint: {
      zh: "detail 说明了原因；请立即重试，或直接在证书服务上吊销。",
      en: "The detail says why; try again at once, or revoke it at the certificate service itself.",
    },
  },
} as const satisfies ProblemTable<EnrolmentRefusalCode>;
