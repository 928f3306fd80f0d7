import { describedBy, ErrorSummary, formatDate, formatExactTime, TextField } from "@yinxin/service-kit/pages";
import type { FieldError } from "@yinxin/service-kit/pages";
import type { VNode } from "preact";

import { resultMinutes } from "../domain/seal.ts";
import type { Seal, StampResult } from "../domain/seal.ts";
import type { Session } from "../domain/session.ts";
import { reasonLengthMax } from "../domain/stamp-form.ts";
import type { StampForm } from "../domain/stamp-form.ts";
import { renderPage, textsOf } from "./page.tsx";
import type { PageContext, RenderedPage } from "./page.tsx";
import type { DeskTexts } from "./texts/index.ts";
import { uploadMegabytesMax } from "./uploads.ts";

export interface StampPage {
  readonly session: Session;
  readonly seals: readonly Seal[];
  readonly form: StampForm;
  readonly errors?: readonly FieldError[];
  /** What to do about the errors, where they do not say so themselves. */
  readonly advice?: string | undefined;
}

/** The form that has a seal applied. */
export function stampPage(context: PageContext, page: StampPage): RenderedPage {
  const text = textsOf(context);
  const { seals, errors = [] } = page;
  return renderPage(
    context,
    { title: text.stampTitle, path: "/stamp" },
    <>
      <h1>{text.stampTitle}</h1>
      <p class="lead">{text.stampLead}</p>
      <ErrorSummary
        title={text.stampErrors}
        errors={errors}
        advice={errors.length === 0 ? undefined : [page.advice ?? "", text.fileAgain].join(" ").trim()}
      />
      {seals.length === 0 ? (
        <div class="card">
          <h2>{text.noSealsTitle}</h2>
          <p>{text.noSealsText}</p>
        </div>
      ) : (
        <StampFormCard text={text} page={page} errors={errors} />
      )}
    </>,
  );
}

interface FormProps {
  readonly text: DeskTexts;
  readonly page: StampPage;
  readonly errors: readonly FieldError[];
}

function StampFormCard({ text, page, errors }: FormProps): VNode {
  const { session, form } = page;
  return (
    <form class="card" method="post" action="/stamp" enctype="multipart/form-data">
      <input type="hidden" name="form_token" value={session.formToken} />
      <TextField
        id="file"
        type="file"
        label={text.file}
        hint={text.fileHint(uploadMegabytesMax)}
        accept=".pdf,.ofd,application/pdf,application/ofd"
        errors={errors}
      />
      <SealChoice text={text} page={page} errors={errors} />
      <PlaceFields text={text} page={page} errors={errors} />
      <TextField
        id="reason"
        label={text.reason}
        hint={text.reasonHint}
        value={form.reason}
        maxlength={reasonLengthMax}
        isRequired={false}
        autocomplete="off"
        errors={errors}
      />
      <button class="button" type="submit">
        {text.stampAction}
      </button>
    </form>
  );
}

function SealChoice({ text, page: { seals, form }, errors }: FormProps): VNode {
  const error = errors.find(({ field }) => field === "seal_id");
  const [only] = seals.filter(({ status }) => status === "active");
  const chosen = form.sealId === "" ? only?.id : form.sealId;
  return (
    <fieldset
      class={error === undefined ? "field" : "field has-error"}
      id="seal_id"
      {...describedBy({ id: "seal_id", hint: undefined, errors })}
    >
      <legend>{text.seal}</legend>
      {error !== undefined && (
        <span class="wrong" id="seal_id-error">
          {error.text}
        </span>
      )}
      <div class="choices">
        {seals.map((seal) => (
          <SealOption key={seal.id} text={text} seal={seal} isChosen={seal.id === chosen} />
        ))}
      </div>
    </fieldset>
  );
}

function SealOption(props: {
  readonly text: DeskTexts;
  readonly seal: Seal;
  readonly isChosen: boolean;
}): VNode {
  const { text, seal, isChosen } = props;
  const isActive = seal.status === "active";
  return (
    <label class="choice">
      <input
        type="radio"
        name="seal_id"
        value={seal.id}
        checked={isChosen && isActive}
        disabled={!isActive}
        required
      />
      <img src={`/seals/${encodeURIComponent(seal.id)}/picture`} alt={text.sealPictureAlt(seal.name)} />
      <span>
        <b>{seal.name}</b>
        <span class="small muted">{text.sealLine(seal.code, seal.sizeMm, formatDate(seal.validUntil))}</span>
        {!isActive && <span class="tag idle">{text.sealInactive}</span>}
      </span>
    </label>
  );
}

function PlaceFields({ text, page: { form }, errors }: FormProps): VNode {
  const shared = { autocomplete: "off", isShort: true, maxlength: 8, errors } as const;
  return (
    <fieldset class="field">
      <legend>{text.place}</legend>
      <span class="hint">{text.placeHint}</span>
      <div class="row">
        <TextField {...shared} id="page" label={text.page} inputmode="numeric" value={form.page} />
        <TextField
          {...shared}
          id="x_mm"
          label={text.xMm}
          inputmode="decimal"
          unit={text.millimetres}
          value={form.xMm}
        />
        <TextField
          {...shared}
          id="y_mm"
          label={text.yMm}
          inputmode="decimal"
          unit={text.millimetres}
          value={form.yMm}
        />
      </div>
    </fieldset>
  );
}

/** The sealed file, to be fetched. */
export function resultPage(context: PageContext, result: StampResult): RenderedPage {
  const text = textsOf(context);
  const kilobytes = Math.ceil(result.content.length / 1024).toLocaleString("en-US");
  return renderPage(
    context,
    { title: text.resultTitle, path: `/results/${result.id}` },
    <>
      <div class="verdict good" role="status">
        <span class="sign" aria-hidden="true">
          ✔
        </span>
        <div>
          <h1>{text.resultTitle}</h1>
          <p>{text.resultText(result.fileName, result.sealName)}</p>
        </div>
      </div>
      <div class="card">
        <p class="buttons">
          <a class="button" href={`/results/${result.id}/file`}>
            {text.resultDownload}
          </a>
          <a href="/verify">{text.resultVerify}</a>
          <a href="/stamp">{text.resultAgain}</a>
        </p>
        <p class="muted">{text.resultKept(resultMinutes)}</p>
        <dl class="facts after">
          <dt>{text.resultFile}</dt>
          <dd>{result.fileName}</dd>
          <dt>{text.resultSize}</dt>
          <dd>{text.kilobytes(kilobytes)}</dd>
          <dt>{text.resultSeal}</dt>
          <dd>{result.sealName}</dd>
          <dt>{text.resultTime}</dt>
          <dd>{formatExactTime(result.signedAt)}</dd>
          <dt>{text.resultNumber}</dt>
          <dd>
            <code>{result.applicationId}</code>
          </dd>
          <dt>{text.resultDigest}</dt>
          <dd>
            <code>{result.digest}</code>
          </dd>
        </dl>
      </div>
    </>,
  );
}
