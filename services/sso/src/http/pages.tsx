import {
  chooseLanguage,
  ErrorSummary,
  Layout,
  pageHeaders,
  renderDocument,
  TextField,
} from "@yinxin/service-kit/pages";
import type { FieldError } from "@yinxin/service-kit/pages";
import type { Language } from "@yinxin/service-kit/problems";
import type { ComponentChildren, VNode } from "preact";

import { ssoTexts } from "./texts.ts";

/** What all pages of sso have in common. */
export interface PageSettings {
  readonly language: Language;
  readonly isSandbox: boolean;
}

/** A finished page. */
export interface RenderedPage {
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
}

export interface LoginPage {
  readonly uid: string;
  readonly clientName: string;
  /** Proves that the form came from this page of this browser. */
  readonly formToken: string;
  readonly username?: string;
  readonly errors?: readonly FieldError[];
  /** Set if what was typed was wrong; which part, nobody is told. */
  readonly isWrong?: boolean;
  /** Where the login ends, for the browser's `form-action`. */
  readonly returnOrigin: string | undefined;
}

/** Name and password. The password is never sent back into the form. */
export function loginPage(settings: PageSettings, page: LoginPage): RenderedPage {
  const { language } = settings;
  const text = ssoTexts[language];
  const { uid, errors = [], isWrong = false } = page;
  const path = `/interaction/${encodeURIComponent(uid)}`;
  const other = language === "zh" ? "en" : "zh";
  return rendered(
    settings,
    { title: text.loginTitle, otherLanguageHref: `${path}?lang=${other}` },
    <>
      <h1>{text.loginTitle}</h1>
      <p class="muted">{text.loginLead(page.clientName)}</p>
      <ErrorSummary
        title={text.errorsTitle}
        errors={isWrong ? [{ text: text.loginWrong }] : errors}
        advice={isWrong ? text.loginAdvice : undefined}
      />
      <form method="post" action={`${path}/login?lang=${language}`}>
        <input type="hidden" name="form_token" value={page.formToken} />
        <TextField
          id="username"
          label={text.username}
          value={page.username ?? ""}
          autocomplete="username"
          maxlength={64}
          errors={errors}
        />
        <TextField
          id="password"
          label={text.password}
          type="password"
          autocomplete="current-password"
          maxlength={256}
          errors={errors}
        />
        <button class="button wide" type="submit">
          {text.login}
        </button>
      </form>
      <p class="small muted after">{text.privacy}</p>
    </>,
    page.returnOrigin === undefined ? [] : [page.returnOrigin],
  );
}

/** Asks before a session ends: a link on a foreign page must not log people out. */
export function logoutPage(
  settings: PageSettings,
  page: {
    readonly form: string;
    readonly clientName: string | undefined;
    readonly returnOrigin: string | undefined;
  },
): RenderedPage {
  const text = ssoTexts[settings.language];
  return rendered(
    settings,
    { title: text.logoutTitle },
    <>
      <h1>{text.logoutTitle}</h1>
      <p>{page.clientName === undefined ? text.logoutPlain : text.logoutText(page.clientName)}</p>
      <div dangerouslySetInnerHTML={{ __html: page.form }} />
      <div class="buttons">
        <button class="button" type="submit" form="op.logoutForm" name="logout" value="yes">
          {text.logoutYes}
        </button>
        <button class="button secondary" type="submit" form="op.logoutForm">
          {text.logoutNo}
        </button>
      </div>
    </>,
    page.returnOrigin === undefined ? [] : [page.returnOrigin],
  );
}

export type MessageName = "expired" | "loggedOut" | "error" | "fault" | "home";

/** A page that says one thing. `code` is what the person can pass on; `description` is for developers, in a sandbox only. */
export function messagePage(
  settings: PageSettings,
  name: MessageName,
  { code, description }: { readonly code?: string; readonly description?: string | undefined } = {},
): RenderedPage {
  const text = ssoTexts[settings.language];
  const title = text[`${name}Title`];
  return rendered(
    settings,
    { title },
    <>
      <h1>{title}</h1>
      <p>{text[`${name}Text`]}</p>
      {code !== undefined && (
        <p class="muted">
          {name === "fault" ? text.faultCode : text.errorCode} <code>{code}</code>
        </p>
      )}
      {settings.isSandbox && description !== undefined && (
        <p class="muted">
          {text.errorDetail} <code>{description}</code>
        </p>
      )}
    </>,
  );
}

/** The language that a request wishes for. */
export function languageOfRequest(request: {
  readonly query?: unknown;
  readonly uiLocales?: string | undefined;
  readonly acceptLanguage?: string | undefined;
}): Language {
  const wished = request.uiLocales?.split(" ").map((tag) => tag.split("-")[0]);
  return chooseLanguage({
    query: request.query,
    cookie: wished?.find((tag) => tag === "zh" || tag === "en"),
    acceptLanguage: request.acceptLanguage,
  });
}

function rendered(
  { language, isSandbox }: PageSettings,
  head: { readonly title: string; readonly otherLanguageHref?: string },
  content: ComponentChildren,
  formOrigins: readonly string[] = [],
): RenderedPage {
  const document: VNode = (
    <Layout language={language} service={ssoTexts[language].service} isSandbox={isSandbox} {...head}>
      <div class="card narrow">{content}</div>
    </Layout>
  );
  return { headers: pageHeaders({ formOrigins }), html: renderDocument(document) };
}
