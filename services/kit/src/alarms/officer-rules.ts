import { attributeOf } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";

import type { AlteredChange, RefusedAttempts, StoredChange } from "../approval-store/index.ts";
import type { OpenPolicy } from "../approvals/index.ts";
import type { Freeze, KeyVersion } from "../key-rings/index.ts";
import type { Localized } from "../problems/index.ts";
import type { Finding } from "./alarm.ts";
import { bandOf } from "./end-bands.ts";

/** Officers who stand together approve at once, and nobody need be called for that. */
const waitingMilliseconds = 5 * 60_000;

/** Changes that wait for signatures of more persons. */
export function findingsOfWaiting(changes: readonly StoredChange[], now: Date): Finding[] {
  return changes.flatMap(({ id, verification: { request, counted, needed } }): Finding[] => {
    if (request === undefined) return [];
    if (now.getTime() - Date.parse(request.created_at) < waitingMilliseconds) return [];
    const { operation, target, proposer, not_after: until } = request;
    const [have, all] = [String(counted), String(needed)];
    return [
      {
        kind: "change-waiting",
        key: id,
        severity: "notice",
        subject: id,
        detail: {
          zh: `${proposer} 申请 ${operation} ${target}，已有 ${have}/${all} 人签名，${until} 前有效：yinxin approvals show ${id}`,
          en: `${proposer} asks for ${operation} ${target}; ${have} of ${all} persons have signed, until ${until}: yinxin approvals show ${id}`,
        },
      },
    ];
  });
}

/** Changes that somebody edited where they are stored. */
export function findingsOfAltered(changes: readonly AlteredChange[]): Finding[] {
  return changes.map(({ id, operation, target, found }): Finding => {
    return {
      kind: "change-altered",
      key: id,
      severity: "critical",
      subject: id,
      detail: {
        zh: `变更 ${id}（${operation} ${target}）与签名不符，不会执行：${found}`,
        en: `The change ${id} (${operation} ${target}) is not what was signed, and is not done: ${found}`,
      },
    };
  });
}

/** What one person stopped, until two let it go on. */
export function findingsOfStopped(suspended: readonly KeyVersion[], freezes: readonly Freeze[]): Finding[] {
  const keys = suspended.map(({ purpose, version, suspendedAt }): Finding => {
    const [name, since] = [`${purpose}/${String(version)}`, suspendedAt?.toISOString() ?? ""];
    return stopped(`${name}/${since}`, purpose, {
      zh: `密钥 ${name} 自 ${since} 起被挂起，须两人恢复：yinxin keys resume ${purpose}`,
      en: `The key ${name} has been suspended since ${since}; two officers resume it: yinxin keys resume ${purpose}`,
    });
  });
  const scopes = freezes.map(({ scope, reason, since }): Finding => {
    const at = since.toISOString();
    return stopped(`${scope}/${at}`, scope, {
      zh: `${scope} 自 ${at} 起被冻结（${reason}），须两人解冻：yinxin thaw ${scope}`,
      en: `${scope} has been frozen since ${at} (${reason}); two officers let it go on: yinxin thaw ${scope}`,
    });
  });
  return [...keys, ...scopes];
}

function stopped(key: string, subject: string, detail: Localized): Finding {
  return { kind: "stopped", key, severity: "critical", subject, detail };
}

/** A slip of the hand or two in an hour is nothing. */
const refusedAttemptsMin = 3;

/** Requests and decisions that were not their signer's to make. */
export function findingsOfRefused({ count, codes }: RefusedAttempts): Finding[] {
  if (count < refusedAttemptsMin) return [];
  const [number, what] = [String(count), codes.join(", ")];
  return [
    {
      kind: "attempts-refused",
      key: "changes",
      severity: "warning",
      subject: "changes",
      detail: {
        zh: `一小时内有 ${number} 次办理被拒绝（${what}）：yinxin audit search "action:change.refused"`,
        en: `${number} requests or decisions were refused within an hour (${what}): yinxin audit search "action:change.refused"`,
      },
    },
  ];
}

/** Certificates by which officers sign: a quorum whose cards have expired can do nothing, not even replace them. */
export function findingsOfOfficers(
  { signatories, intermediates, anchors }: Pick<OpenPolicy, "signatories" | "intermediates" | "anchors">,
  now: Date,
): Finding[] {
  return [
    ...signatories.flatMap(({ id, name, certificate }) =>
      officerEnd(id, `${id} (${name})`, certificate, now),
    ),
    ...[...intermediates, ...anchors].flatMap((certificate) => {
      const { subject, serialNumber } = certificate;
      const name = attributeOf(subject, "CN") ?? attributeOf(subject, "O") ?? serialNumber;
      return officerEnd(serialNumber, name, certificate, now);
    }),
  ];
}

function officerEnd(id: string, name: string, { notAfter }: Certificate, now: Date): Finding[] {
  const band = bandOf(notAfter, now);
  if (band === undefined) return [];
  const day = notAfter.toISOString().slice(0, 10);
  return [
    {
      kind: "officer-certificate-expires",
      key: `${id}/${band.name}`,
      severity: band.severity,
      subject: id,
      detail: {
        zh: `管理人员证书 ${name} 于 ${day} 到期。`,
        en: `The certificate of ${name}, by which officers act, ends on ${day}.`,
      },
    },
  ];
}
