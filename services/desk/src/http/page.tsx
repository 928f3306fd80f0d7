import { Layout, pageHeaders, renderDocument } from "@yinxin/service-kit/pages";
import type { Language } from "@yinxin/service-kit/problems";
import type { ComponentChildren, VNode } from "preact";

import type { Session } from "../domain/session.ts";
import { deskTexts } from "./texts/index.ts";
import type { DeskTexts } from "./texts/index.ts";

/** What every page of the desk depends on. */
export interface PageContext {
  readonly language: Language;
  readonly isSandbox: boolean;
  /** Who is logged in, if anybody is. */
  readonly session: Session | undefined;
  /** sso's origin: the form that logs out ends there. */
  readonly signOnOrigin: string;
}

/** A finished page. */
export interface RenderedPage {
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
}

export interface PageHead {
  readonly title: string;
  /** Where the page is reached by a link, for the language link and the menu. */
  readonly path?: string | undefined;
}

/** A page in the desk's frame. */
export function renderPage(context: PageContext, head: PageHead, content: ComponentChildren): RenderedPage {
  const { language, isSandbox } = context;
  const text = textsOf(context);
  const other = language === "zh" ? "en" : "zh";
  const html = renderDocument(
    <Layout
      language={language}
      title={head.title}
      service={text.service}
      isSandbox={isSandbox}
      homeHref="/"
      otherLanguageHref={head.path === undefined ? undefined : `${head.path}?lang=${other}`}
      menu={<Menu context={context} current={head.path} />}
    >
      {content}
    </Layout>,
  );
  const formOrigins = context.session === undefined ? [] : [context.signOnOrigin];
  return { headers: pageHeaders({ formOrigins }), html };
}

/** The texts of the page's language. */
export function textsOf({ language }: PageContext): DeskTexts {
  return deskTexts[language];
}

function Menu({
  context,
  current,
}: {
  readonly context: PageContext;
  readonly current: string | undefined;
}): VNode {
  const text = textsOf(context);
  const { session } = context;
  return (
    <>
      <MenuLink href="/stamp" text={text.menuStamp} current={current} />
      <MenuLink href="/verify" text={text.menuVerify} current={current} />
      {session === undefined ? (
        <a href="/login">{text.login}</a>
      ) : (
        <>
          <span class="who">{text.actingFor(session.personName, session.organizationName)}</span>
          <form method="post" action="/logout">
            <input type="hidden" name="form_token" value={session.formToken} />
            <button class="button link" type="submit">
              {text.logout}
            </button>
          </form>
        </>
      )}
    </>
  );
}

function MenuLink(props: {
  readonly href: string;
  readonly text: string;
  readonly current: string | undefined;
}): VNode {
  return (
    <a href={props.href} {...(props.href === props.current && { "aria-current": "page" as const })}>
      {props.text}
    </a>
  );
}
