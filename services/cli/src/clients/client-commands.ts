import { changeCommand } from "../approvals/index.ts";
import type { WantedAtService } from "../approvals/index.ts";
import { serviceOption } from "../officer/index.ts";
import type { OfficerSession } from "../officer/index.ts";
import { onlyWord, UsageError } from "../terminal/index.ts";

/** Where clients are registered. */
const serviceOfClients = "sso";

function atClients(
  {
    positionals,
    values,
  }: { readonly positionals: readonly string[]; readonly values: { readonly service?: string | undefined } },
  session: OfficerSession,
  operation: string,
  parameters: WantedAtService["parameters"] = {},
): WantedAtService {
  const target = onlyWord(positionals, "a client: seal, signing …");
  const [service] = session.services(values.service ?? serviceOfClients);
  if (service === undefined) throw new UsageError("Name the service: --service NAME.");
  return { service, operation, target, parameters };
}

/** `yinxin clients suspend` */
export const suspendCommand = changeCommand({
  line: "clients suspend CLIENT",
  examples: [
    "clients suspend seal --dry-run",
    'clients suspend seal --reason "its key was stolen" --confirm seal',
  ],
  about: {
    zh: "立即停用一个接入系统在统一身份认证登记的全部密钥；一位管理员即可。密钥不会恢复：要恢复服务，由两位管理员登记新密钥（clients replace-key）。",
    en: "Has the sign-on service turn a client away, whichever of its keys it shows. One officer is enough. The keys never come back: two officers\ngive the client a new one (clients replace-key).",
  },
  operations: ["client.suspend"],
  options: serviceOption,
  isImmediate: true,
  isConfirmed: true,
  wanted: (call, session) => Promise.resolve(atClients(call, session, "client.suspend")),
});

/** `yinxin clients replace-key` */
export const replaceCommand = changeCommand({
  line: "clients replace-key CLIENT --public-key BASE64",
  examples: [
    "clients replace-key seal --public-key MFkw… --dry-run",
    'clients replace-key seal --public-key MFkw… --reason "its key was stolen"',
  ],
  about: {
    zh: "以新密钥取代一个接入系统的全部密钥；需要两位管理员。处置泄露的计划会给出整条命令。",
    en: "Puts a new key in the place of every key of a client. It takes two officers. The plan of a compromise names the whole command.",
  },
  operations: ["client.replace-key"],
  options: {
    ...serviceOption,
    "public-key": {
      type: "string",
      value: "BASE64",
      help: {
        zh: "新公钥（SubjectPublicKeyInfo，base64）",
        en: "the new public key (SubjectPublicKeyInfo in base64)",
      },
    },
  },
  wanted: (call, session) => {
    const key = call.values["public-key"];
    if (key === undefined) throw new UsageError("Give the new key: --public-key BASE64.");
    return Promise.resolve(atClients(call, session, "client.replace-key", { public_key: key }));
  },
});
