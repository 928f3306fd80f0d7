import type { ComponentChildren, VNode } from "preact";
import { render } from "preact-render-to-string";

import type { Language } from "../problems/index.ts";
import { languageNames, languageTags } from "./language.ts";
import { stylesheetPath } from "./stylesheet.ts";

export interface LayoutProps {
  readonly language: Language;
  /** The page's own name; the suite's is added. */
  readonly title: string;
  /** Which service speaks, under the suite's name: 统一身份认证. */
  readonly service: string;
  /** Shows the band that says nothing here has legal force. */
  readonly isSandbox: boolean;
  /** This page in the other language; without it no language link is shown, as after a form with content. */
  readonly otherLanguageHref?: string | undefined;
  /** Where the name of the suite leads; nowhere if absent. */
  readonly homeHref?: string | undefined;
  /** Links and forms at the right of the head. */
  readonly menu?: ComponentChildren;
  readonly children: ComponentChildren;
}

const words = {
  zh: {
    suite: "印信",
    skip: "跳到正文",
    band: "沙箱 / SANDBOX — 测试，不具法律效力",
    menu: "菜单",
    foot: "印信 · 统一身份认证、电子印章、电子证照",
    offline: "本页面不加载任何外部资源",
  },
  en: {
    suite: "Yinxin",
    skip: "Skip to the content",
    band: "沙箱 / SANDBOX — for testing, without legal force",
    menu: "Menu",
    foot: "Yinxin · sign-on, electronic seals, electronic licenses",
    offline: "This page loads nothing from elsewhere",
  },
} as const satisfies Record<Language, Record<string, string>>;

/** The frame of every page: band, head with the language link, content, foot. */
export function Layout(props: LayoutProps): VNode {
  const text = words[props.language];
  return (
    <html lang={languageTags[props.language]}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${props.title} — ${text.suite}`}</title>
        <link rel="stylesheet" href={stylesheetPath} />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <a class="skip" href="#content">
          {text.skip}
        </a>
        {props.isSandbox && <SandboxBand text={text.band} />}
        <Head {...props} />
        <main id="content">
          <div class="wrap">{props.children}</div>
        </main>
        <footer class="foot">
          <div class="wrap">
            <span>{text.foot}</span>
            <span>{text.offline}</span>
          </div>
        </footer>
      </body>
    </html>
  );
}

function SandboxBand({ text }: { readonly text: string }): VNode {
  return (
    <div class="band" role="note">
      <div class="wrap">{text}</div>
    </div>
  );
}

function Head({ language, service, homeHref, otherLanguageHref, menu }: LayoutProps): VNode {
  const text = words[language];
  const other = language === "zh" ? "en" : "zh";
  const brand = (
    <>
      <span class="brand-seal" aria-hidden="true">
        印信
      </span>
      <span>
        <span class="brand-name">{text.suite}</span>
        <span class="brand-service">{service}</span>
      </span>
    </>
  );
  return (
    <header class="top">
      <div class="wrap">
        {homeHref === undefined ? (
          <div class="brand">{brand}</div>
        ) : (
          <a class="brand" href={homeHref}>
            {brand}
          </a>
        )}
        <nav class="menu" aria-label={text.menu}>
          {menu}
          {otherLanguageHref !== undefined && (
            <a href={otherLanguageHref} lang={languageTags[other]} hreflang={languageTags[other]}>
              {languageNames[other]}
            </a>
          )}
        </nav>
      </div>
    </header>
  );
}

/** A whole HTML document. Everything that is not markup of ours was escaped by Preact. */
export function renderDocument(document: VNode): string {
  return `<!doctype html>\n${render(document)}\n`;
}
