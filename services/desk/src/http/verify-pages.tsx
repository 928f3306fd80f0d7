import { ErrorSummary, formatExactTime, formatTime, TextField } from "@yinxin/service-kit/pages";
import type { FieldError } from "@yinxin/service-kit/pages";
import { verdictWords } from "@yinxin/crypto/verification";
import type { SignatureReport, Verdict, VerificationReport } from "@yinxin/crypto/verification";
import type { VNode } from "preact";

import { answersOf } from "../domain/report-answers.ts";
import { renderPage, textsOf } from "./page.tsx";
import type { PageContext, RenderedPage } from "./page.tsx";
import { ReportDetails } from "./report-details.tsx";
import { reasonsOf } from "./report-reasons.ts";
import type { DeskTexts } from "./texts/index.ts";
import { uploadMegabytesMax } from "./uploads.ts";

/** The form that anybody may send. */
export function verifyPage(
  context: PageContext,
  errors: readonly FieldError[] = [],
  advice?: string,
): RenderedPage {
  const text = textsOf(context);
  return renderPage(
    context,
    { title: text.verifyTitle, path: "/verify" },
    <>
      <h1>{text.verifyTitle}</h1>
      <p class="lead">{text.verifyLead}</p>
      <ErrorSummary title={text.verifyErrors} errors={errors} advice={advice} />
      <form class="card" method="post" action="/verify" enctype="multipart/form-data">
        <TextField
          id="file"
          type="file"
          label={text.file}
          hint={text.verifyFileHint(uploadMegabytesMax)}
          errors={errors}
        />
        <button class="button" type="submit">
          {text.verifyAction}
        </button>
        <p class="small muted after">{text.verifyPrivacy}</p>
      </form>
      <p class="notice">{text.pictureNote}</p>
    </>,
  );
}

/** How a verdict looks: never by colour alone, always with its sign and its words. */
export const verdictLooks = {
  VALID: { look: "good", sign: "✔" },
  VALID_WITH_WARNINGS: { look: "mixed", sign: "✔" },
  VALID_THEN_REVOKED: { look: "note", sign: "!" },
  INDETERMINATE: { look: "note", sign: "?" },
  INVALID: { look: "bad", sign: "✖" },
  UNSIGNED: { look: "idle", sign: "—" },
} as const satisfies Record<Verdict, { look: string; sign: string }>;

/** The report: the answer first, then the five questions, then everything. */
export function reportPage(
  context: PageContext,
  { report, fileDigest }: { readonly report: VerificationReport; readonly fileDigest: string },
): RenderedPage {
  const text = textsOf(context);
  return renderPage(
    context,
    { title: text.reportTitle },
    <>
      <VerdictBanner context={context} report={report} />
      <Reasons text={text} report={report} />
      {report.signatures.map((signature, index) => (
        <SignatureCard
          key={signature.id}
          context={context}
          signature={signature}
          title={
            signature.kind === "timestamp"
              ? text.timeStampTitle
              : text.signatureTitle(index + 1, report.signatures.length)
          }
        />
      ))}
      <Uncovered text={text} report={report} />
      <div class="card">
        <p class="buttons no-print">
          <a class="button" href="/verify">
            {text.reportAgain}
          </a>
        </p>
        <p class="small muted">
          {text.verifyPrivacy} {text.pictureNote}
        </p>
        <ReportDetails text={text} report={report} fileDigest={fileDigest} />
      </div>
    </>,
  );
}

function VerdictBanner({
  context,
  report,
}: {
  readonly context: PageContext;
  readonly report: VerificationReport;
}): VNode {
  const text = textsOf(context);
  const { verdict, signatures } = report;
  const { look, sign } = verdictLooks[verdict];
  const names = [...new Set(signatures.flatMap(({ seal }) => (seal === undefined ? [] : [seal.name])))];
  const count = signatures.filter(({ kind }) => kind !== "timestamp").length;
  const [first] = signatures;
  const time = first === undefined ? undefined : timeText(text, first, formatTime);
  return (
    <div class={`verdict ${look}`} role="status">
      <span class="sign" aria-hidden="true">
        {sign}
      </span>
      <div>
        <h1>
          {verdictWords[verdict][context.language]} — {text.sentences[verdict](count)}
        </h1>
        <p>{[...names, ...(time === undefined ? [] : [time]), report.file].join(" · ")}</p>
      </div>
    </div>
  );
}

function Reasons({ text, report }: { readonly text: DeskTexts; readonly report: VerificationReport }): VNode {
  return (
    <>
      {reasonsOf(text, report).map(({ title, lines }) => (
        <section class="card" key={title}>
          <h2>{title}</h2>
          <ul>
            {lines.map((line) => (
              <li key={`${line.text} ${line.detail ?? ""}`}>
                {line.text}
                {line.detail !== undefined && (
                  <span class="small muted" lang="en">
                    {" "}
                    {line.detail}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function SignatureCard(props: {
  readonly context: PageContext;
  readonly signature: SignatureReport;
  readonly title: string;
}): VNode {
  const { context, signature, title } = props;
  const text = textsOf(context);
  const answers = answersOf(signature);
  const { look, sign } = verdictLooks[signature.verdict];
  return (
    <section class="card">
      <h2>
        {title}{" "}
        <span class={`tag ${look}`}>
          {sign} {verdictWords[signature.verdict][context.language]}
        </span>
      </h2>
      <dl class="facts">
        <dt>{text.askWho}</dt>
        <dd>
          <WhoAnswer text={text} signature={signature} />
        </dd>
        <dt>{text.askWhen}</dt>
        <dd>{timeText(text, signature, formatExactTime) ?? text.whenUnknown}</dd>
        <dt>{text.askChanged}</dt>
        <dd>{text.changed[answers.changed]}</dd>
        <dt>{text.askThen}</dt>
        <dd>{text.validThen[answers.validThen]}</dd>
        <dt>{text.askNow}</dt>
        <dd>{text.validNow[answers.validNow]}</dd>
      </dl>
    </section>
  );
}

function WhoAnswer({
  text,
  signature,
}: {
  readonly text: DeskTexts;
  readonly signature: SignatureReport;
}): VNode {
  const { kind, seal, signer } = signature;
  if (kind === "timestamp") return <>{text.timeStampOf}</>;
  return (
    <>
      {seal !== undefined && (
        <>
          <b>{seal.name}</b> <span class="muted">{text.sealCode(seal.code)}</span>
          <br />
        </>
      )}
      <span class={seal === undefined ? "" : "small muted"}>
        {signer === undefined ? text.signerUnknown : text.certificateOf(signer.subject)}
      </span>
    </>
  );
}

function Uncovered({
  text,
  report,
}: {
  readonly text: DeskTexts;
  readonly report: VerificationReport;
}): VNode | null {
  if (report.uncovered.length === 0 || report.verdict === "UNSIGNED") return null;
  return (
    <section class="card">
      <h2>{text.uncoveredTitle}</h2>
      <p>{report.uncovered.some(({ visible }) => visible) ? text.uncoveredText : text.uncoveredHiddenText}</p>
      <ul>
        {report.uncovered.map(({ part, visible }) => (
          <li key={part}>
            <code>{part}</code>{" "}
            <span class="muted">{visible ? text.uncoveredVisible : text.uncoveredHidden}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The time with where it is from; undefined if the signature has none, or one that is no time. */
function timeText(
  text: DeskTexts,
  signature: SignatureReport,
  format: (at: Date) => string,
): string | undefined {
  const { when } = answersOf(signature);
  const at = new Date((when === "trusted" ? signature.time.trusted : signature.time.claimed) ?? "");
  return Number.isNaN(at.getTime()) ? undefined : text.atChina(format(at), when === "trusted");
}
