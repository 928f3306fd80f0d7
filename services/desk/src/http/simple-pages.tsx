import type { DeskTexts } from "./texts/index.ts";
import { renderPage, textsOf } from "./page.tsx";
import type { PageContext, RenderedPage } from "./page.tsx";

/** The two ways in. */
export function homePage(context: PageContext): RenderedPage {
  const text = textsOf(context);
  return renderPage(
    context,
    { title: text.homeTitle, path: "/" },
    <>
      <h1>{text.homeTitle}</h1>
      <p class="lead">{text.homeLead}</p>
      <div class="grid">
        <section class="card">
          <h2>{text.homeStampTitle}</h2>
          <p>{text.homeStampText}</p>
          <a class="button" href="/stamp">
            {text.homeStampAction}
          </a>
        </section>
        <section class="card">
          <h2>{text.homeVerifyTitle}</h2>
          <p>{text.homeVerifyText}</p>
          <a class="button" href="/verify">
            {text.homeVerifyAction}
          </a>
        </section>
      </div>
      <p class="notice">{text.homeNote}</p>
    </>,
  );
}

export type MessageName = "notFound" | "form" | "login" | "upload" | "busy" | "unreachable" | "fault";

/** With which status each message is sent. */
export const messageStatus = {
  notFound: 404,
  form: 400,
  login: 400,
  upload: 400,
  busy: 503,
  unreachable: 503,
  fault: 500,
} as const satisfies Record<MessageName, number>;

/** A page that says what is the matter and what to do. */
export function messagePage(
  context: PageContext,
  name: MessageName,
  { requestId }: { readonly requestId?: string } = {},
): RenderedPage {
  const text = textsOf(context);
  const title = text[`${name}Title` satisfies keyof DeskTexts];
  return renderPage(
    context,
    { title },
    <div class="card narrow">
      <h1>{title}</h1>
      <p>{text[`${name}Text` satisfies keyof DeskTexts]}</p>
      {requestId !== undefined && (
        <p class="muted">
          {text.requestNumber} <code>{requestId}</code>
        </p>
      )}
      <p class="buttons">
        {name === "login" && (
          <a class="button" href="/login">
            {text.messageLogin}
          </a>
        )}
        <a class={name === "login" ? "button secondary" : "button"} href="/">
          {text.messageHome}
        </a>
      </p>
    </div>,
  );
}

/** A problem of the service behind the desk, in that service's words and the person's language. */
export function problemPage(
  context: PageContext,
  problem: {
    readonly title: string;
    readonly detail?: string | undefined;
    readonly hint: string;
    readonly request_id: string;
  },
): RenderedPage {
  const text = textsOf(context);
  return renderPage(
    context,
    { title: problem.title },
    <div class="card narrow">
      <h1>{problem.title}</h1>
      {problem.detail !== undefined && <p>{problem.detail}</p>}
      <p>{problem.hint}</p>
      <p class="muted">
        {text.requestNumber} <code>{problem.request_id}</code>
      </p>
      <p>
        <a class="button" href="/">
          {text.messageHome}
        </a>
      </p>
    </div>,
  );
}
