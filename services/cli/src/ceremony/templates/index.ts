import type { CeremonyScript, CeremonyStep } from "../ceremony-script.ts";
import { capabilitySteps, closingSteps, deviceSteps, openingSteps } from "./common-steps.ts";
import { participants, rehearsalStore } from "./participants.ts";

const store = {
  name: "store",
  title: { zh: "密钥存储 URI（设备、卡或文件夹）", en: "URI of the key store: a device, a card or a folder" },
  rehearsal: rehearsalStore,
};
const work = {
  name: "work",
  title: { zh: "工作文件夹", en: "Folder for the files that are made" },
  rehearsal: "{{scratch}}",
};

/** An officer's key and certificate, by a root that serves rehearsals and tests only, or a request for the authority. */
function officerStep(letter: "a" | "b"): CeremonyStep {
  return {
    id: `key-${letter}`,
    title: {
      zh: `安全管理员${letter === "a" ? "甲" : "乙"}的密钥`,
      en: `The key of security officer ${letter.toUpperCase()}`,
    },
    reader: `officer-${letter}`,
    text: {
      zh: "本人在场，口令由本人输入。证书请求送交认证机构；演练时由演练根签发。",
      en: "The officer is there and types the PIN. The request goes to the certificate authority; in a rehearsal a rehearsal root issues the certificate.",
    },
    command: [
      "officers",
      "request",
      "--store",
      "{{store}}",
      "--label",
      `officer-${letter}`,
      "--algorithm",
      "ES256",
      "--name",
      `{{name-${letter}}}`,
      "--out",
      `{{work}}/officer-${letter}.csr`,
    ],
    initials: [`officer-${letter}`, "auditor"],
  };
}

const firstKeys: CeremonyScript = {
  type: "yinxin-ceremony-script",
  name: "first-keys",
  title: { zh: "首批密钥：安全管理员与首份审批策略", en: "First keys: the officers and their first policy" },
  participants,
  variables: [
    store,
    work,
    { name: "name-a", title: { zh: "甲的姓名", en: "Name of officer A" }, rehearsal: "Officer A" },
    { name: "name-b", title: { zh: "乙的姓名", en: "Name of officer B" }, rehearsal: "Officer B" },
  ],
  steps: [
    ...openingSteps,
    ...deviceSteps,
    officerStep("a"),
    officerStep("b"),
    ...capabilitySteps,
    {
      id: "policy",
      title: { zh: "首份审批策略", en: "The first officer policy" },
      reader: "leader",
      text: {
        zh: "证书签发后运行 yinxin officers genesis，各服务的信任文件钉住其摘要（policy_genesis）。宣读摘要的四个词，逐人核对。",
        en: "Once the certificates are there, run yinxin officers genesis; its digest is pinned in every trust file as policy_genesis. Read the digest's four words aloud; each compares.",
      },
      record: [
        {
          name: "policy-words",
          title: {
            zh: "策略摘要的四个词（尚未签发时写“待定”）",
            en: "The four words of the policy's digest, or pending",
          },
          example: "pending",
        },
      ],
      initials: ["officer-a", "officer-b", "auditor"],
    },
    {
      id: "rings",
      title: { zh: "各服务的首批密钥环", en: "The first rings of the services" },
      reader: "officer-a",
      text: {
        zh: "服务首次启动时生成各密钥环的第一版；核对 yinxin keys list 的每一行，与登记表一致。",
        en: "Each service makes the first version of its rings when it starts. Compare each line of yinxin keys list with the register.",
      },
      confirm: { zh: "与登记表一致", en: "as registered" },
      initials: ["officer-a", "officer-b"],
    },
    ...closingSteps,
  ],
};

const officerReplacement: CeremonyScript = {
  type: "yinxin-ceremony-script",
  name: "officer-replacement",
  title: { zh: "更换安全管理员或其证卡", en: "An officer, or an officer's card, is replaced" },
  participants,
  variables: [
    store,
    work,
    { name: "name-a", title: { zh: "新任者姓名", en: "Name of the new officer" }, rehearsal: "Officer C" },
  ],
  steps: [
    ...openingSteps,
    {
      id: "old-card",
      title: { zh: "旧卡", en: "The old card" },
      reader: "officer-b",
      text: {
        zh: "旧卡当场销毁；若已遗失，先吊销其证书并查看该卡在遗失后的签名。",
        en: "The old card is destroyed here; if it is lost, its certificate is revoked first, and what it signed since is looked at.",
      },
      record: [
        {
          name: "card",
          title: { zh: "旧卡序列号及处置", en: "Serial number of the old card, and what became of it" },
          example: "C-1 destroyed",
        },
      ],
      initials: ["officer-b", "auditor"],
    },
    ...deviceSteps,
    officerStep("a"),
    ...capabilitySteps,
    {
      id: "policy-change",
      title: { zh: "策略变更", en: "The change of the policy" },
      reader: "leader",
      text: {
        zh: "按现行策略以 policy.change 提出并由两人批准；旧策略的法定人数不能绕过。",
        en: "Propose policy.change under the policy in force, and let two approve. The old policy's quorum cannot be passed by.",
      },
      record: [
        {
          name: "change",
          title: { zh: "变更编号", en: "Number of the change" },
          pattern: "chg_.+|pending",
          example: "pending",
        },
      ],
      initials: ["officer-a", "officer-b"],
    },
    ...closingSteps,
  ],
};

const rootKey: CeremonyScript = {
  type: "yinxin-ceremony-script",
  name: "root-key",
  title: { zh: "根密钥", en: "A root key" },
  participants,
  variables: [
    store,
    work,
    {
      name: "label",
      title: { zh: "根密钥标签", en: "Label of the root key" },
      value: "ca-root",
      rehearsal: "ca-root",
    },
    { name: "algorithm", title: { zh: "算法", en: "Algorithm" }, value: "SM2", rehearsal: "SM2" },
  ],
  steps: [
    ...openingSteps,
    ...deviceSteps,
    {
      id: "generate",
      title: { zh: "生成根密钥", en: "The root key is made" },
      reader: "officer-a",
      text: { zh: "在设备内生成，不可导出。", en: "Inside the device; it cannot be taken out." },
      command: [
        "keys",
        "generate",
        "--store",
        "{{store}}",
        "--label",
        "{{label}}",
        "--algorithm",
        "{{algorithm}}",
      ],
      initials: ["officer-a", "officer-b", "auditor"],
    },
    ...capabilitySteps,
    {
      id: "standby",
      title: { zh: "备用", en: "The stand-by" },
      reader: "officer-b",
      text: {
        zh: "按厂商办法克隆到第二台设备并登记操作员卡号；不能克隆的，在第二台设备生成备用密钥并预签证书。",
        en: "Clone it to a second device the vendor's way, and note the numbers of the operator cards; where that cannot be, make a stand-by key in a second device and certify it now.",
      },
      record: [
        {
          name: "cards",
          title: { zh: "第二台设备与操作员卡号", en: "Second device and operator cards" },
          example: "DEV-2 K1 K2 K3",
        },
      ],
      initials: ["officer-a", "officer-b", "auditor"],
    },
    ...closingSteps,
  ],
};

const restore: CeremonyScript = {
  type: "yinxin-ceremony-script",
  name: "restore",
  title: { zh: "恢复演练", en: "A restore test" },
  participants,
  variables: [
    {
      name: "backup",
      title: { zh: "备份文件", en: "The backup file" },
      rehearsal: "{{scratch}}/backup.yxb",
      is_read_only: true,
    },
    {
      name: "share-a",
      title: { zh: "甲的份额文件", en: "Share file of officer A" },
      rehearsal: "{{scratch}}/share-a",
      is_read_only: true,
    },
    {
      name: "share-b",
      title: { zh: "乙的份额文件", en: "Share file of officer B" },
      rehearsal: "{{scratch}}/share-b",
      is_read_only: true,
    },
  ],
  steps: [
    ...openingSteps,
    {
      id: "medium-whole",
      title: { zh: "备份介质", en: "The medium" },
      reader: "auditor",
      text: {
        zh: "核对封袋编号与备份文件的摘要。",
        en: "Compare the number of the bag and the digest of the file.",
      },
      record: [{ name: "bag", title: { zh: "封袋编号", en: "Number of the bag" }, example: "B-1" }],
      initials: ["auditor"],
    },
    {
      id: "test",
      title: { zh: "解密、检查、签名", en: "Decrypt, check, sign" },
      reader: "officer-a",
      text: {
        zh: "份额持有人各自输入口令。每一项都须通过。",
        en: "Each holder types the passphrase of the share. Every check has to pass.",
      },
      command: [
        "restore",
        "{{backup}}",
        "--verify-only",
        "--share-file",
        "{{share-a}}",
        "--share-file",
        "{{share-b}}",
      ],
      initials: ["officer-a", "officer-b", "auditor"],
    },
    ...closingSteps,
  ],
};

/** Scripts to begin from; a user's own is a file of the same form. */
export const templates: readonly CeremonyScript[] = [firstKeys, officerReplacement, rootKey, restore];
