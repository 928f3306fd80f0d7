import { enrolmentProblems } from "@yinxin/service-kit/enrolment";
import { keyRingProblems } from "@yinxin/service-kit/key-rings";
import type { ProblemTable } from "@yinxin/service-kit/problems";

import type { SigningRefusalCode } from "../domain/signing-refusal.ts";

/** How the refusals of the signing service are answered. */
export const signingProblems = {
  ...enrolmentProblems,
  ...keyRingProblems,
  "purpose-exists": {
    status: 409,
    title: { zh: "签名用途已存在", en: "The purpose exists" },
    hint: {
      zh: "换一个名称，或直接使用已有的用途。",
      en: "Choose another name, or use the purpose there is.",
    },
  },
  "purpose-not-found": {
    status: 404,
    title: { zh: "没有这个签名用途", en: "No such purpose" },
    hint: { zh: "GET /v1/purposes 列出现有用途。", en: "GET /v1/purposes lists the purposes there are." },
  },
  "purpose-expired": {
    status: 409,
    title: { zh: "该用途的证书不在有效期内", en: "The purpose's certificate is not valid now" },
    hint: { zh: "请管理员为此用途更换密钥。", en: "Ask the security officer for a new key." },
  },
} as const satisfies ProblemTable<SigningRefusalCode>;
