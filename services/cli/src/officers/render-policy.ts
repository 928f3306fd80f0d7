import { bytesOfHex } from "@yinxin/crypto/bytes";
import { wordsOfDigest } from "@yinxin/crypto/secret-sharing";
import { documentDigest, readPolicyCertificate } from "@yinxin/service-kit/approvals";
import type { Officer, OfficerPolicy } from "@yinxin/service-kit/approvals";

import { roleInWords } from "../approvals/index.ts";
import { localDay, renderJson, renderTable } from "../terminal/index.ts";
import type { Language, Terminal } from "../terminal/index.ts";

/** Officers of a policy as a table. */
export function renderOfficers(
  officers: OfficerPolicy["officers"],
  { language, hasColour }: Pick<Terminal, "language" | "hasColour">,
): string {
  return renderTable(
    headings[language],
    officers.map((officer) => {
      const { id, name, unit, role } = officer;
      const end = certificateEndOf(officer);
      return [id, name, unit, end === undefined ? "" : localDay(end), roleInWords(role, language)];
    }),
    { hasColour },
  );
}

const headings = {
  zh: ["编号", "姓名", "单位", "证书到期", "职责"],
  en: ["ID", "NAME", "UNIT", "CERTIFICATE ENDS", "ROLE"],
} as const;

/** When an officer can sign no more unless the card is replaced, RFC 3339; undefined for a certificate that cannot be read. */
export function certificateEndOf({ certificate }: Pick<Officer, "certificate">): string | undefined {
  return readPolicyCertificate(certificate)?.notAfter.toISOString();
}

/** An officer for a program. */
export function officerJson(officer: Officer) {
  const { id, person, name, unit, role } = officer;
  return { id, person, name, unit, role, certificateEnds: certificateEndOf(officer) };
}

/** The words of a policy's digest, which officers compare aloud. */
export function wordsOfPolicy(digest: string): Readonly<Record<Language, string>> {
  const octets = bytesOfHex(digest.slice("sm3:".length));
  return { en: wordsOfDigest(octets, "en").join(" "), zh: wordsOfDigest(octets, "zh").join(" ") };
}

/** A policy, its digest and the digest's words. */
export function sayPolicy(
  bytes: Uint8Array,
  { officers, version, break_glass: breakGlass }: OfficerPolicy,
  terminal: Terminal,
  isJson: boolean,
): void {
  const digest = documentDigest(bytes);
  const words = wordsOfPolicy(digest);
  if (isJson) {
    terminal.print(
      renderJson({
        version,
        digest,
        words,
        officers: officers.map(officerJson),
        hasBreakGlass: breakGlass !== undefined,
      }),
    );
    return;
  }
  terminal.print(renderOfficers(officers, terminal));
  if (breakGlass !== undefined) {
    const hours = String(breakGlass.review_within_hours);
    terminal.print(
      terminal.language === "zh"
        ? `\n应急密钥：使用后须在 ${hours} 小时内复核\n`
        : `\nemergency key: its use is reviewed within ${hours} h\n`,
    );
  }
  terminal.print(`\npolicy_genesis: ${digest}\n${words.en}\n${words.zh}\n`);
}
