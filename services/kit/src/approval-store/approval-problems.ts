import type { ProblemTable } from "../problems/index.ts";

const newRequest = {
  zh: "用原来的命令和原因重新提出申请：yinxin approvals show <编号>。",
  en: "Ask again, with the command and the reason of the request: yinxin approvals show <id>.",
};
const show = {
  zh: "查看状态和签名：yinxin approvals show <编号>。",
  en: "See where it stands and who signed: yinxin approvals show <id>.",
};
const policyShow = {
  zh: "查看现行审批策略：yinxin officers policy。",
  en: "See the officer policy in force: yinxin officers policy.",
};

/** How refusals about officers and changes are answered; every service's table has these rows. */
export const approvalProblems = {
  "officers-not-appointed": {
    status: 409,
    title: { zh: "尚未任命安全管理员", en: "No officers are appointed" },
    hint: {
      zh: "举行首次密钥仪式，再配置 GOVERNANCE_TRUST_FILE 与 OFFICER_POLICY_FILE：yinxin ceremony new。",
      en: "Hold the first ceremony, then set GOVERNANCE_TRUST_FILE and OFFICER_POLICY_FILE: yinxin ceremony new.",
    },
  },
  "request-signature-not-valid": {
    status: 401,
    title: { zh: "管理人员的请求签名无效", en: "The officer's signature of the request does not hold" },
    hint: {
      zh: "核对所用密钥、服务地址和本机时钟后重试：yinxin officers show。",
      en: "Check the key, the service's address and the clock, and try again: yinxin officers show.",
    },
  },
  "policy-not-accepted": {
    status: 409,
    title: { zh: "审批策略不被接受", en: "The officer policy is not accepted" },
    hint: policyShow,
  },
  "role-not-permitted": {
    status: 403,
    title: { zh: "该角色不能这样做", en: "This role may not do this" },
    hint: {
      zh: "请有相应角色的人员办理：yinxin officers list。",
      en: "Ask an officer who has the role: yinxin officers list.",
    },
  },
  "signature-not-valid": {
    status: 422,
    title: { zh: "签名无效", en: "The signature does not hold" },
    hint: {
      zh: "用审批策略中登记的证书和密钥重新签名：yinxin officers show。",
      en: "Sign again with the key and certificate that the policy has for you: yinxin officers show.",
    },
  },
  "operation-unknown": {
    status: 422,
    title: { zh: "没有这种操作", en: "There is no such operation" },
    hint: policyShow,
  },
  "change-malformed": {
    status: 422,
    title: { zh: "申请内容不合规定", en: "The request is not one that can be granted" },
    hint: newRequest,
  },
  "officer-certificate-revoked": {
    status: 403,
    title: { zh: "管理人员的证书已被吊销", en: "The officer's certificate is revoked" },
    hint: {
      zh: "请其他安全管理员为其更换密钥和证书：yinxin officers replace <人员> --certificate <文件>。",
      en: "Have other security officers give them a new key and certificate: yinxin officers replace <officer> --certificate <file>.",
    },
  },
  "officer-revocation-unknown": {
    status: 503,
    title: {
      zh: "无法确认管理人员的证书未被吊销",
      en: "It is not known whether an officer's certificate is revoked",
    },
    hint: {
      zh: "取得证书颁发机构的最新吊销列表，替换 OFFICER_CRLS_FILE 所指的文件；停用不受影响：yinxin keys suspend <用途>。",
      en: "Put the authority's latest revocation list in the place of OFFICER_CRLS_FILE; stopping goes on meanwhile: yinxin keys suspend <purpose>.",
    },
  },
  "audit-head-unknown": {
    status: 409,
    title: { zh: "审计日志不是申请人所见的那一份", en: "The audit log is not the one that the proposer saw" },
    hint: {
      zh: "服务可能是从备份恢复的，或地址指向另一个服务。核查日志：yinxin audit verify；确认后再以新纪元继续：yinxin audit continue。",
      en: "The service may have been restored from a backup, or be another one. Prove its log with yinxin audit verify; if it was restored, let it go on with yinxin audit continue.",
    },
  },
  "change-exists": {
    status: 409,
    title: { zh: "申请已提交过", en: "The request was made already" },
    hint: show,
  },
  "change-not-found": {
    status: 404,
    title: { zh: "没有这个申请", en: "There is no such change" },
    hint: { zh: "列出申请：yinxin approvals list。", en: "List the changes: yinxin approvals list." },
  },
  "change-waiting": {
    status: 409,
    title: { zh: "申请还在等待批准", en: "The change waits for approval" },
    hint: {
      zh: "请另一位安全管理员批准：yinxin approvals approve <编号>。",
      en: "Ask another security officer: yinxin approvals approve <id>.",
    },
  },
  "change-not-waiting": {
    status: 409,
    title: { zh: "申请不再需要签名", en: "The change needs no signature any more" },
    hint: show,
  },
  "change-expired": {
    status: 409,
    title: { zh: "申请已过期", en: "The change is too late" },
    hint: newRequest,
  },
  "change-policy-superseded": {
    status: 409,
    title: { zh: "申请所依据的审批策略已被替换", en: "The policy of the change was replaced" },
    hint: {
      zh: "按现行策略重新申请：yinxin officers policy。",
      en: "Ask again under the policy in force: yinxin officers policy.",
    },
  },
  "change-rejected": {
    status: 409,
    title: { zh: "申请已被驳回", en: "The change was rejected" },
    hint: show,
  },
  "change-altered": {
    status: 409,
    title: { zh: "存储的申请被改动过", en: "The stored change was altered" },
    hint: {
      zh: "不会执行。核查审计日志：yinxin audit verify。",
      en: "It will not be done. Examine the audit log: yinxin audit verify.",
    },
  },
  "window-used-up": {
    status: 409,
    title: { zh: "批准的次数已用完", en: "The approval is used up" },
    hint: newRequest,
  },
  "approval-own-request": {
    status: 403,
    title: { zh: "不能批准自己的申请", en: "Nobody approves their own request" },
    hint: {
      zh: "请另一位安全管理员批准：yinxin approvals approve <编号>。",
      en: "Ask another security officer: yinxin approvals approve <id>.",
    },
  },
  "approval-person-counted": {
    status: 409,
    title: { zh: "此人已经签过", en: "This person has signed already" },
    hint: {
      zh: "请另一位安全管理员批准：yinxin approvals approve <编号>。",
      en: "Ask another security officer: yinxin approvals approve <id>.",
    },
  },
  "approval-other-request": {
    status: 409,
    title: { zh: "签名针对的不是这个申请", en: "The statement is about another request" },
    hint: show,
  },
  "clock-set-back": {
    status: 503,
    title: { zh: "本机时钟被调回", en: "The machine's clock was set back" },
    hint: {
      zh: "校准时钟后重试：timedatectl status。",
      en: "Set the clock right and try again: timedatectl status.",
    },
  },
} as const satisfies ProblemTable;

export type ApprovalRefusalCode = keyof typeof approvalProblems;
