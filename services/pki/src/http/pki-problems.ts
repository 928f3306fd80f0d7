import type { ProblemTable } from "@yinxin/service-kit/problems";

import type { PkiRefusalCode } from "../domain/pki-refusal.ts";

/** How the refusals of the certificate authority are answered. */
export const pkiProblems = {
  "request-malformed": {
    status: 400,
    title: { zh: "证书请求无法读取", en: "The certificate request cannot be read" },
    hint: {
      zh: "request 须为一个 PKCS#10 证书请求的 DER 编码，再以 base64 表示。",
      en: "request is one PKCS#10 certificate request in DER, as base64.",
    },
  },
  "possession-not-proven": {
    status: 422,
    title: { zh: "未能证明持有私钥", en: "Possession of the private key is not proven" },
    hint: {
      zh: "用请求中公钥所对应的私钥签署证书请求；SM2 签名使用默认用户标识。",
      en: "Sign the request with the private key of the public key in it; SM2 with the default user id.",
    },
  },
  "subject-not-acceptable": {
    status: 422,
    title: { zh: "证书主体名称不符合要求", en: "The subject is not acceptable" },
    hint: { zh: "按 detail 更正主体名称。", en: "Correct the subject as detail says." },
  },
  "algorithm-not-acceptable": {
    status: 422,
    title: { zh: "密钥算法不符合要求", en: "The kind of key is not acceptable" },
    hint: {
      zh: "印章证书只用 SM2 密钥；签名证书可用 SM2 或 P-256 密钥。",
      en: "Certificates of seals have SM2 keys; those of signers SM2 or P-256 keys.",
    },
  },
  "authority-not-ready": {
    status: 503,
    title: { zh: "没有可用的证书颁发机构", en: "There is no authority for this algorithm" },
    hint: {
      zh: "请管理员为此算法建立证书颁发机构（演示环境：PKI_TEST_AUTHORITY=1）。",
      en: "Ask the operator to set up an authority for the algorithm (in a demo: PKI_TEST_AUTHORITY=1).",
    },
  },
  "authority-not-found": {
    status: 404,
    title: { zh: "没有这个证书颁发机构", en: "No such authority" },
    hint: { zh: "用 GET /v1/authorities 查看。", en: "GET /v1/authorities lists them." },
  },
  "certificate-revoked-already": {
    status: 409,
    title: { zh: "证书已被吊销", en: "The certificate is revoked already" },
    hint: {
      zh: "吊销不能撤回，也不必重复。",
      en: "A revocation is not taken back, and need not be repeated.",
    },
  },
  "certificate-list-not-available": {
    status: 503,
    title: { zh: "暂时无法签发吊销列表", en: "No revocation list can be signed now" },
    hint: {
      zh: "该版本的密钥已停用或泄露；请改用其他版本的吊销列表。",
      en: "The key of this version is stopped; ask for the list of another version.",
    },
  },
  "certificate-not-found": {
    status: 404,
    title: { zh: "没有这张证书", en: "No such certificate" },
    hint: {
      zh: "序列号是十六进制小写，不带分隔符。",
      en: "The serial number is lower-case hexadecimal without separators.",
    },
  },
} as const satisfies ProblemTable<PkiRefusalCode>;
