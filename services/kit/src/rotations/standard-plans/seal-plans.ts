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

/** Long enough for documents that are under way to be finished with the seal they were begun with. */
const parallelSeconds = 7 * 24 * 60 * 60;

function certify(call: string): PlanStepDefinition {
  return {
    name: "certify",
    title: { zh: "申请并签发证书", en: "Apply for the certificate" },
    do: "certify",
    call,
  };
}

/** The seal maker's key, which signs the seals. Hooks: `seal-maker.certify`, `seal-maker.self-test`. */
export const sealMakerPlan: PlanDefinition = {
  name: "seal-maker",
  title: { zh: "轮换制章者密钥", en: "Rotate the seal maker's key" },
  steps: [
    generate,
    certify("seal-maker.certify"),
    publish,
    waitForVerifiers,
    retire,
    waitForSigned,
    deactivate,
    destroyPrivate,
    selfTestWith("seal-maker.self-test"),
  ],
  roll_back_until: "retire",
};

/**
 * The key of a seal's owner. A seal names its signatories' certificates (GB/T 38540-2020 §6.1), so the new key needs a new
 * version of the seal; the old one is closed by its date of effect, and documents sealed with it stay valid.
 * Hooks: `seal-owner.certify`, `seal-owner.re-issue` (with `undo`), `seal-owner.close-old` (its `finish` puts the new version in
 * force), `seal-owner.self-test`.
 */
export const sealOwnerPlan: PlanDefinition = {
  name: "seal-owner",
  title: { zh: "轮换印章密钥", en: "Rotate a seal owner's key" },
  steps: [
    generate,
    certify("seal-owner.certify"),
    {
      name: "re-issue",
      title: {
        zh: "制作新印章数据（图样不变，版本加一）",
        en: "Make the seal again: same face, next version",
      },
      do: "call",
      call: "seal-owner.re-issue",
    },
    publish,
    waitForVerifiers,
    {
      ...retire,
      call: "seal-owner.close-old",
      title: {
        zh: "启用新印章数据，旧的按生效日期关闭",
        en: "Put the new seal in force; close the old one by date",
      },
      notice: {
        zh: "新盖章用新密钥；按印章别名调用的系统不用改；旧签章继续可验。",
        en: "New seal signatures use the new key; callers that name the seal change nothing; older ones verify.",
      },
    },
    {
      name: "parallel",
      title: { zh: "并行 7 天", en: "Seven days side by side" },
      do: "wait",
      after: { step: "retire", seconds: parallelSeconds },
    },
    deactivate,
    destroyPrivate,
    selfTestWith("seal-owner.self-test"),
  ],
  roll_back_until: "retire",
};

/** A certified key that signs documents for a purpose. Hooks: `signing-key.certify`, `signing-key.self-test`. */
export const signingKeyPlan: PlanDefinition = {
  name: "signing-key",
  title: { zh: "轮换签名密钥", en: "Rotate a document signing key" },
  steps: [
    generate,
    certify("signing-key.certify"),
    publish,
    waitForVerifiers,
    retire,
    waitForSigned,
    deactivate,
    destroyPrivate,
    selfTestWith("signing-key.self-test"),
  ],
  roll_back_until: "retire",
};
