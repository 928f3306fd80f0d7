import type { Check, SignatureReport, VerificationReport } from "@yinxin/crypto/verification";
import type { VNode } from "preact";

import { checkText } from "./report-reasons.ts";
import type { DeskTexts } from "./texts/index.ts";

/** Everything in the report, for whoever has to check it or to pass it on. */
export function ReportDetails(props: {
  readonly text: DeskTexts;
  readonly report: VerificationReport;
  readonly fileDigest: string;
}): VNode {
  const { text, report, fileDigest } = props;
  return (
    <>
      <details>
        <summary>{text.detailsTitle}</summary>
        <dl class="facts">
          <dt>{text.fileDigest}</dt>
          <dd>
            <code>{fileDigest}</code>
          </dd>
          <dt>{text.format}</dt>
          <dd>
            <code>{report.format}</code>
          </dd>
        </dl>
        {report.signatures.map((signature, index) => (
          <SignatureDetails
            key={signature.id}
            text={text}
            signature={signature}
            title={text.signatureTitle(index + 1, report.signatures.length)}
          />
        ))}
        <Quirks text={text} report={report} />
      </details>
      <details>
        <summary>{text.rawTitle}</summary>
        <pre>{JSON.stringify(report, null, 2)}</pre>
      </details>
    </>
  );
}

function SignatureDetails(props: {
  readonly text: DeskTexts;
  readonly signature: SignatureReport;
  readonly title: string;
}): VNode {
  const { text, signature, title } = props;
  const { signer, sub_indication: subIndication, coverage } = signature;
  return (
    <>
      <h3 class="after">
        {title} <code>{signature.id}</code>
      </h3>
      <dl class="facts">
        {signer !== undefined && (
          <>
            <dt>{text.signer}</dt>
            <dd>{signer.subject}</dd>
            <dt>{text.serial}</dt>
            <dd>
              <code>{signer.serial}</code>
            </dd>
            <dt>{text.algorithm}</dt>
            <dd>{signer.algorithm}</dd>
          </>
        )}
        <dt>{text.subIndication}</dt>
        <dd>
          <code>
            {[signature.indication, ...(subIndication === null ? [] : [subIndication])].join(" / ")}
          </code>
        </dd>
        <dt>{text.coverage}</dt>
        <dd>
          <code>{coverage.parts.join("  ")}</code>
        </dd>
      </dl>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{text.check}</th>
              <th scope="col">{text.result}</th>
              <th scope="col">{text.basis}</th>
              <th scope="col">{text.detail}</th>
            </tr>
          </thead>
          <tbody>
            {signature.checks.map((check, index) => (
              <CheckRow key={`${check.name} ${String(index)}`} text={text} check={check} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const resultLooks = { passed: "good", failed: "bad", "not-checked": "idle", unknown: "note" } as const;

function CheckRow({ text, check }: { readonly text: DeskTexts; readonly check: Check }): VNode {
  return (
    <tr>
      <td>{checkText(text, check.name)}</td>
      <td>
        <span class={`tag ${resultLooks[check.result]}`}>{text.results[check.result]}</span>
      </td>
      <td>{check.clause ?? ""}</td>
      <td>
        {check.detail}
        {Object.entries(check.evidence ?? {}).map(([name, value]) => (
          <div key={name} class="small muted">
            {name} <code>{value}</code>
          </div>
        ))}
      </td>
    </tr>
  );
}

function Quirks({
  text,
  report,
}: {
  readonly text: DeskTexts;
  readonly report: VerificationReport;
}): VNode | null {
  if (report.quirks.length === 0) return null;
  return (
    <>
      <h3 class="after">{text.quirksTitle}</h3>
      <ul>
        {report.quirks.map(({ code, where }) => (
          <li key={`${code} ${where}`}>
            <code>{code}</code> {where}
          </li>
        ))}
      </ul>
    </>
  );
}
