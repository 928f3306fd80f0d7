import type { Layout } from "./layout.ts";

/** Who lives in the demo. The city does not exist; every name carries 测试. */

export const organizations = [
  { id: "org_approval", name: "云岭市行政审批局（测试）", uscc: "11330100MB0000001R" },
  { id: "org_market", name: "云岭市市场监督管理局（测试）", uscc: "11330100MB0000002W" },
] as const;

/** GB/T 2260 division code of the seal codes; the demo's city has none of its own. */
export const divisionCode = "330100";

export const people = [
  {
    id: "psn_zhangmin",
    username: "zhangmin",
    name: "张敏",
    organization: "org_approval",
    entitlements: ["seal:read", "seal:apply", "license:read"],
  },
  {
    id: "psn_liqiang",
    username: "liqiang",
    name: "李强",
    organization: "org_market",
    entitlements: ["seal:read", "seal:apply", "license:read"],
  },
  {
    id: "psn_wanglei",
    username: "wanglei",
    name: "王蕾",
    organization: "org_approval",
    entitlements: ["seal:read", "key:create"],
  },
  {
    id: "psn_zhaoping",
    username: "zhaoping",
    name: "赵平",
    organization: "org_market",
    entitlements: ["license:read"],
  },
] as const;

/** 三员: one administers, two approve, one watches. Their keys are in files, since this is a sandbox. */
export const officers = [
  {
    id: "wang-lei",
    person: "psn_wanglei",
    name: "王蕾",
    unit: "云岭市行政审批局（测试）",
    role: "system-administrator",
    algorithm: "ES256",
  },
  {
    id: "li-qiang",
    person: "psn_liqiang",
    name: "李强",
    unit: "云岭市市场监督管理局（测试）",
    role: "security-officer",
    algorithm: "SM2",
  },
  {
    id: "chen-xiao",
    person: "psn_chenxiao",
    name: "陈晓",
    unit: "云岭市行政审批局（测试）",
    role: "security-officer",
    algorithm: "ES256",
  },
  {
    id: "zhao-ping",
    person: "psn_zhaoping",
    name: "赵平",
    unit: "云岭市市场监督管理局（测试）",
    role: "auditor",
    algorithm: "ES256",
  },
] as const;

interface ClientPlan {
  readonly clientId: string;
  readonly name: string;
  readonly grantTypes: readonly string[];
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly scope: string;
  readonly entitlements: readonly string[];
}

function system(clientId: string, name: string, entitlements: readonly string[]): ClientPlan {
  return {
    clientId,
    name,
    grantTypes: ["client_credentials"],
    redirectUris: [],
    postLogoutRedirectUris: [],
    scope: entitlements.join(" "),
    entitlements,
  };
}

/** Every program with a key of its own at the sign-on service. */
export function clientsOf(layout: Layout): readonly ClientPlan[] {
  return [
    {
      clientId: "desk",
      name: "工作台",
      grantTypes: ["authorization_code"],
      redirectUris: [`${layout.desk.url}/callback`],
      postLogoutRedirectUris: [`${layout.desk.url}/`],
      scope: "openid profile seal:read seal:apply license:read",
      entitlements: [],
    },
    system("seal", "印章服务", ["certificate:issue", "certificate:revoke"]),
    system("signing", "签名服务", ["certificate:issue", "certificate:revoke"]),
    system("ledger", "底账服务", ["seal:read", "seal:apply", "seal:apply-any"]),
    system("seed", "示例数据", [
      "seal:make",
      "seal:read",
      "seal:apply",
      "seal:apply-any",
      "key:create",
      "signature:create",
      "license:issue",
      "license:read",
    ]),
    system("demo-system", "示例接入系统", ["signature:create"]),
  ];
}

/** The three licenses of the demo; `seal` is the organization whose seal they carry. */
export const licenses = [
  {
    sealOwner: "org_approval",
    typeCode: "11330100MB0000001R001",
    name: "设立批复证书（测试）",
    number: "YL-PF-2026-0018",
    holderName: "云岭市便民服务中心（测试）",
    holderCode: "12330100MB0000003W",
  },
  {
    sealOwner: "org_market",
    typeCode: "11330100MB0000002W001",
    name: "食品经营许可证（测试）",
    number: "YL-SP-2026-0101",
    holderName: "云岭市人民路食堂（测试）",
    holderCode: "92330100MA0000001C",
  },
  {
    sealOwner: "org_market",
    typeCode: "11330100MB0000002W002",
    name: "营业执照（测试）",
    number: "YL-YZ-2026-0102",
    holderName: "云岭市印信科技有限公司（测试）",
    holderCode: "91330100MA0000002J",
  },
] as const;
