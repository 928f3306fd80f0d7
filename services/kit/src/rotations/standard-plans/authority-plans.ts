import type { PlanDefinition, PlanStepDefinition } from "../plan-definition.ts";
import {
  deactivate,
  destroyPrivate,
  generate,
  publish,
  retire,
  selfTestWith,
  waitForSigned,
  waitForVerifiers,
} from "./plan-steps.ts";

const retireAuthority: PlanStepDefinition = {
  ...retire,
  notice: {
    zh: "新证书由新密钥签发；旧密钥只继续签它所发证书的吊销列表和状态应答。",
    en: "The new key signs new certificates; the old one keeps signing only the CRLs and answers for its own.",
  },
};

const waitForCertificates: PlanStepDefinition = {
  ...waitForSigned,
  title: {
    zh: "等待旧密钥签发的最后一张证书到期",
    en: "Wait until the old key's last certificate has ended",
  },
};

/**
 * A certification authority's own key (RFC 4210 §4.4): the new root is certified by the old key and the old by the new, so
 * whoever trusts either root reaches both.
 * Hooks: `authority-key.certify`, `authority-key.cross-certify`, `authority-key.publish`, `authority-key.self-test`.
 */
export const authorityKeyPlan: PlanDefinition = {
  name: "authority-key",
  title: { zh: "轮换根证书密钥", en: "Roll over a root key" },
  steps: [
    generate,
    {
      name: "root-certificate",
      title: { zh: "签发新的根证书", en: "Issue the new root certificate" },
      do: "certify",
      call: "authority-key.certify",
    },
    {
      name: "cross-certify",
      title: {
        zh: "签发交叉证书（OldWithNew、NewWithOld）",
        en: "Issue the cross certificates OldWithNew and NewWithOld",
      },
      do: "call",
      call: "authority-key.cross-certify",
    },
    { ...publish, call: "authority-key.publish", is_optional: true },
    waitForVerifiers,
    retireAuthority,
    waitForCertificates,
    deactivate,
    destroyPrivate,
    selfTestWith("authority-key.self-test"),
  ],
  roll_back_until: "retire",
};

/**
 * The key of an authority below a root, which issues to end entities.
 * Hooks: `issuing-authority.certify`, `issuing-authority.publish`, `issuing-authority.self-test`.
 */
export const issuingAuthorityPlan: PlanDefinition = {
  name: "issuing-authority",
  title: { zh: "轮换签发机构密钥", en: "Rotate an issuing authority's key" },
  steps: [
    generate,
    {
      name: "certify",
      title: { zh: "由上级签发新证书", en: "Have the authority above certify it" },
      do: "certify",
      call: "issuing-authority.certify",
    },
    { ...publish, call: "issuing-authority.publish", is_optional: true },
    waitForVerifiers,
    retireAuthority,
    waitForCertificates,
    deactivate,
    destroyPrivate,
    selfTestWith("issuing-authority.self-test"),
  ],
  roll_back_until: "retire",
};
