import type { OptionTable } from "../terminal/index.ts";

/** The options of every command that speaks with services. */
export const officerOptions = {
  deployment: {
    type: "string",
    value: "FILE",
    help: {
      zh: "部署文件；缺省为 YINXIN_DEPLOYMENT 或 ./.demo/deployment.json",
      en: "the deployment file; else YINXIN_DEPLOYMENT or ./.demo/deployment.json",
    },
  },
  as: {
    type: "string",
    value: "NAME",
    help: {
      zh: "沙箱中的安全管理员（姓名或编号）；缺省为 YINXIN_OFFICER",
      en: "an officer of the sandbox, by name or id; else YINXIN_OFFICER",
    },
  },
  "officer-key": {
    type: "string",
    value: "URI",
    help: {
      zh: "您的密钥所在的设备或文件夹（密钥存储 URI）",
      en: "the store of your own key: a card, a token, a folder",
    },
  },
  "officer-label": {
    type: "string",
    value: "LABEL",
    help: { zh: "您的密钥的标签", en: "the label of your key in it" },
  },
  "officer-pin-file": {
    type: "string",
    value: "FILE",
    help: {
      zh: "存放 PIN 或口令的文件，权限 0400；缺省为 URI 的 pin-source，或提示输入",
      en: "holds the PIN or passphrase, mode 0400; else pin-source of the URI, or a prompt",
    },
  },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

/** For commands that may speak of one service only. */
export const serviceOption = {
  service: {
    type: "string",
    value: "NAME",
    help: { zh: "只查这个服务", en: "only this service" },
  },
} as const satisfies OptionTable;

/** For commands that change something. */
export const dryRunOption = {
  "dry-run": {
    type: "boolean",
    help: { zh: "只说明将会发生什么，不做改动", en: "say what would happen, and do nothing" },
  },
} as const satisfies OptionTable;

export interface OfficerValues {
  readonly deployment?: string | undefined;
  readonly as?: string | undefined;
  readonly "officer-key"?: string | undefined;
  readonly "officer-label"?: string | undefined;
  readonly "officer-pin-file"?: string | undefined;
  readonly json?: boolean | undefined;
  /** Of `break-glass`: the shares that open the sealed key. */
  readonly "share-file"?: readonly string[] | undefined;
}
