import type { Localized } from "./refusal.ts";

/** How one refusal code is answered. */
export interface ProblemEntry {
  readonly status: number;
  readonly title: Localized;
  /** What the caller can do about it. */
  readonly hint: Localized;
}

/**
 * A row for every code, and no row without one.
 *
 * @example const sealProblems = { … } as const satisfies ProblemTable<SealRefusalCode>;
 */
export type ProblemTable<Codes extends string = string> = Readonly<Record<Codes, ProblemEntry>>;

/** The problems that every service can answer with, whatever it does. */
export const kitProblems = {
  "invalid-request": {
    status: 400,
    title: { zh: "请求不符合接口定义", en: "The request does not fit the interface" },
    hint: {
      zh: "按 errors 中每一项的位置更正后重试；接口定义见 /openapi.json。",
      en: "Correct each place listed in errors and try again; /openapi.json has the interface.",
    },
  },
  unauthenticated: {
    status: 401,
    title: { zh: "需要有效的访问令牌", en: "A valid access token is needed" },
    hint: {
      zh: "向统一身份认证申请新的访问令牌，放在 Authorization: Bearer 请求头中。",
      en: "Get a new access token from the sign-on service and send it as Authorization: Bearer.",
    },
  },
  "not-permitted": {
    status: 403,
    title: { zh: "没有这项权限", en: "This permission is missing" },
    hint: {
      zh: "请管理员授予 detail 中所列权限，并在申请令牌时把它列入 scope。",
      en: "Ask an administrator for the permission named in detail, and list it in the token's scope.",
    },
  },
  "not-found": {
    status: 404,
    title: { zh: "没有这个地址", en: "There is nothing at this address" },
    hint: { zh: "对照 /openapi.json 检查路径。", en: "Compare the path with /openapi.json." },
  },
  "method-not-allowed": {
    status: 405,
    title: { zh: "此地址不支持该方法", en: "This address does not take this method" },
    hint: { zh: "使用 Allow 响应头中列出的方法。", en: "Use one of the methods in the Allow header." },
  },
  "payload-too-large": {
    status: 413,
    title: { zh: "请求内容过大", en: "The request is too large" },
    hint: {
      zh: "把文件缩小到 detail 所说的上限以内。",
      en: "Keep the file below the limit named in detail.",
    },
  },
  "unsupported-media-type": {
    status: 415,
    title: { zh: "不支持的内容类型", en: "This content type is not supported" },
    hint: {
      zh: "以 application/json（UTF-8）发送请求。",
      en: "Send the request as application/json in UTF-8.",
    },
  },
  "misdirected-request": {
    status: 421,
    title: { zh: "主机名不属于本服务", en: "The host name is not this service's" },
    hint: {
      zh: "使用部署时登记的主机名访问；管理员可在 ALLOWED_HOSTS 中增加。",
      en: "Use the host name of the deployment; an operator can add one to ALLOWED_HOSTS.",
    },
  },
  internal: {
    status: 500,
    title: { zh: "服务内部错误", en: "The service failed" },
    hint: {
      zh: "稍后重试；若仍然失败，把 request_id 告诉管理员。",
      en: "Try again later; if it fails again, give the request_id to the operator.",
    },
  },
  "too-busy": {
    status: 503,
    title: { zh: "服务正忙", en: "The service is busy" },
    hint: { zh: "稍后重试。", en: "Try again in a moment." },
  },
  "service-unreachable": {
    status: 503,
    title: { zh: "所依赖的服务暂时无法访问", en: "A service that is needed cannot be reached" },
    hint: { zh: "稍后重试。", en: "Try again in a moment." },
  },
} as const satisfies ProblemTable;

export type KitProblemCode = keyof typeof kitProblems;
