import type { CeremonyStep } from "../ceremony-script.ts";
import { everybody } from "./participants.ts";

/** Who is there, on which machine, with which program. */
export const openingSteps: readonly CeremonyStep[] = [
  {
    id: "presence",
    title: { zh: "到场与职责", en: "Presence and roles" },
    reader: "leader",
    text: {
      zh: "宣读各人的姓名与职责。每个人只担任一个职责；不在脚本中的事不做，做了就记为偏差。",
      en: "Read out each name and role. Nobody has two roles. What is not in the script is not done; if it is, it is noted as a deviation.",
    },
    record: [
      { name: "place", title: { zh: "地点", en: "Place" }, example: "room 1" },
      { name: "clock", title: { zh: "挂钟时间", en: "Time on the wall clock" }, example: "09:00" },
    ],
    initials: everybody,
  },
  {
    id: "machine",
    title: { zh: "离线的机器", en: "A machine without a network" },
    reader: "auditor",
    text: {
      zh: "查看机器：网线已拔，无线已关，由校验过的介质启动，除密码设备外没有别的设备。",
      en: "Look at the machine: no cable, no radio, started from a medium whose digest was checked, nothing plugged in but the key devices.",
    },
    confirm: { zh: "无网络", en: "no network" },
    record: [
      { name: "serial", title: { zh: "机器序列号", en: "Serial number of the machine" }, example: "SN-1" },
      {
        name: "medium",
        title: { zh: "启动介质的 SHA-256 前 8 位", en: "First 8 digits of the medium's SHA-256" },
        pattern: "[0-9a-f]{8}",
        example: "00000000",
      },
    ],
    initials: ["auditor"],
  },
  {
    id: "program",
    title: { zh: "程序版本", en: "Version of the program" },
    reader: "leader",
    text: { zh: "与发布清单上的版本核对。", en: "Compare it with the version on the release sheet." },
    command: ["--version"],
    initials: ["auditor"],
  },
];

/** What independent reviews of key ceremonies found missing: foreign keys after a reset, weak passwords, too much allowed, storage nobody looked at. */
export const deviceSteps: readonly CeremonyStep[] = [
  {
    id: "reset",
    title: {
      zh: "出厂复位，并确认没有别人的管理密钥",
      en: "Factory reset, and nobody else's administration key left",
    },
    reader: "officer-a",
    text: {
      zh: "用厂商工具复位设备，随后列出全部对象与管理员（含鉴别密钥），确认只有出厂默认项，并立即更换默认口令。复位本身不证明这一点。",
      en: "Reset the device with the vendor's tool. Then list every object and administrator in it, authentication keys too, see that only the factory's own are left, and replace the default password at once. The reset alone proves nothing.",
    },
    confirm: { zh: "没有外来管理密钥", en: "no foreign keys" },
    record: [
      {
        name: "device-serial",
        title: { zh: "设备序列号", en: "Serial number of the device" },
        example: "DEV-1",
      },
    ],
    initials: ["officer-a", "officer-b", "auditor"],
  },
  {
    id: "empty",
    title: { zh: "存储中没有密钥", en: "No key in the store" },
    reader: "leader",
    text: { zh: "列表必须为空。", en: "The list has to be empty." },
    command: ["keys", "list", "--store", "{{store}}", "--json"],
    expect: { stdout_equals: "[]" },
    initials: ["auditor"],
  },
  {
    id: "passwords",
    title: { zh: "口令强度不低于 80 位", en: "Passwords of 80 bits or more" },
    reader: "officer-b",
    text: {
      zh: "口令由骰子或随机数产生，不是想出来的：2048 词的词表每词 11 位，8 个词为 88 位。只登记强度，不登记口令。",
      en: "Passwords are drawn by dice or a generator, not thought up: a word of a list of 2,048 is 11 bits, so 8 words are 88. The strength is written down, never the password.",
    },
    record: [
      {
        name: "bits-a",
        title: { zh: "甲的口令强度（位）", en: "Bits of A's password" },
        least: 80,
        example: "88",
      },
      {
        name: "bits-b",
        title: { zh: "乙的口令强度（位）", en: "Bits of B's password" },
        least: 80,
        example: "88",
      },
    ],
    initials: ["officer-a", "officer-b"],
  },
];

/** After keys were made: what they may do, and what the device says of itself. */
export const capabilitySteps: readonly CeremonyStep[] = [
  {
    id: "capabilities",
    title: { zh: "密钥没有多余的能力", en: "No capability that a key does not need" },
    reader: "auditor",
    text: {
      zh: "逐个查看：不能导出，在设备内产生（设备自己的说法；否则本步骤不通过）；从设备的管理工具看，只能签名，不能包裹别的密钥。",
      en: "Look at each: it cannot be taken out and was made inside (as the device says; else this step fails), and by the device's own tool it only signs and wraps no other key.",
    },
    command: ["keys", "list", "--store", "{{store}}", "--json"],
    // As `keys list` prints what a device says of a key; for one that is in a file it says nothing.
    expect: { stdout_excludes: ['"extractable": true', '"local": false'] },
    confirm: { zh: "只能签名", en: "signing only" },
    initials: ["auditor"],
  },
  {
    id: "device-log",
    title: { zh: "设备日志、证明与存储", en: "The device's own log, attestation and storage" },
    reader: "officer-b",
    text: {
      zh: "导出设备审计日志与密钥证明（若有）；确认日志未满、存储有余。设备没有这些功能就写“无”。",
      en: "Export the device's audit log and attestations, if it has them; see that the log is not full and storage is left. If the device has none, write none.",
    },
    record: [
      {
        name: "device-log",
        title: { zh: "日志文件 SHA-256 前 8 位，或“无”", en: "First 8 digits of its SHA-256, or none" },
        pattern: "[0-9a-f]{8}|none|无",
        example: "none",
      },
    ],
    initials: ["auditor"],
  },
];

export const closingSteps: readonly CeremonyStep[] = [
  {
    id: "seal-up",
    title: { zh: "封存", en: "Sealing up" },
    reader: "leader",
    text: {
      zh: "卡、备份介质与份额分装入编号封袋，各人分别保管；机器断电。",
      en: "Cards, media and shares go into numbered bags, to different people; the machine is switched off.",
    },
    record: [{ name: "bags", title: { zh: "封袋编号", en: "Numbers of the bags" }, example: "B-1 B-2" }],
    initials: everybody,
  },
];
