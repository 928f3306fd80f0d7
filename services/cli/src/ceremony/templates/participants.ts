/** Who takes part in a ceremony: three who hold keys or watch, one who leads, one from outside. */
export const participants = [
  { id: "leader", role: { zh: "主持人（系统管理员）", en: "leader (system administrator)" } },
  { id: "officer-a", role: { zh: "安全管理员甲", en: "security officer A" } },
  { id: "officer-b", role: { zh: "安全管理员乙", en: "security officer B" } },
  { id: "auditor", role: { zh: "审计员", en: "auditor" } },
];

export const everybody = participants.map(({ id }) => id);

/** Where a rehearsal keeps its keys; the folder is thrown away. */
export const rehearsalStore = "file:{{scratch}}/store?pin-source=file:{{scratch}}/pin";
