/** One answer, as a person would get to see it. */
export interface BrowserPage {
  /** Where the browser ended after redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
}

/**
 * As much of a browser as a page without script needs: cookies by host and path, redirects, forms. Redirects to hosts that
 * are not in `hosts` are not followed; the page then has their status and `location`.
 */
export interface TestBrowser {
  open(url: string, headers?: Readonly<Record<string, string>>): Promise<BrowserPage>;
  /** Sends a form's fields as a browser does. */
  send(
    url: string,
    fields: Readonly<Record<string, string>> | readonly (readonly [string, string])[] | FormData,
    headers?: Readonly<Record<string, string>>,
  ): Promise<BrowserPage>;
  /** Every `Set-Cookie` line so far. */
  readonly setCookies: readonly string[];
  cookie(name: string): string | undefined;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Cookies know no ports, so this is the host's name alone. */
  readonly host: string;
  readonly path: string;
}

const redirectsMax = 10;

/** A browser without any cookie. @param hosts `localhost:PORT` of the services that it may follow redirects to. */
export function createTestBrowser(hosts: readonly string[]): TestBrowser {
  const jar = new Map<string, Cookie>();
  const setCookies: string[] = [];

  async function request(url: string, init: RequestInit, redirects = 0): Promise<BrowserPage> {
    const target = new URL(url);
    const headers = new Headers(init.headers);
    const cookies = [...jar.values()].filter((cookie) => isSentTo(cookie, target));
    if (cookies.length > 0)
      headers.set("cookie", cookies.map(({ name, value }) => `${name}=${value}`).join("; "));
    const response = await fetch(target, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      setCookies.push(line);
      keep(jar, target, line);
    }
    const location = response.headers.get("location");
    const next = location === null ? undefined : new URL(location, target);
    if (next !== undefined && hosts.includes(next.host) && redirects < redirectsMax) {
      await response.body?.cancel();
      return await request(next.href, { headers: languageOnly(init) }, redirects + 1);
    }
    return {
      url: target.href,
      status: response.status,
      headers: response.headers,
      html: await response.text(),
    };
  }

  return {
    open: (url, headers = {}) => request(url, { headers }),
    send: (url, fields, headers = {}) =>
      request(url, {
        method: "POST",
        body: fields instanceof FormData ? fields : new URLSearchParams(entriesOf(fields)),
        headers: { origin: new URL(url).origin, ...headers },
      }),
    setCookies,
    cookie: (name) => [...jar.values()].find((cookie) => cookie.name === name)?.value,
  };
}

function entriesOf(
  fields: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
): [string, string][] {
  const isList = (given: typeof fields): given is readonly (readonly [string, string])[] =>
    Array.isArray(given);
  return (isList(fields) ? fields : Object.entries(fields)).map(([name, value]) => [name, value]);
}

function languageOnly(init: RequestInit): Record<string, string> {
  const language = new Headers(init.headers).get("accept-language");
  return language === null ? {} : { "accept-language": language };
}

function isSentTo(cookie: Cookie, { hostname, pathname }: URL): boolean {
  const prefix = cookie.path.endsWith("/") ? cookie.path : `${cookie.path}/`;
  return cookie.host === hostname && (pathname === cookie.path || pathname.startsWith(prefix));
}

function keep(jar: Map<string, Cookie>, { hostname }: URL, line: string): void {
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  const name = pair.slice(0, pair.indexOf("="));
  const value = pair.slice(name.length + 1);
  const path = attributes.find((attribute) => attribute.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
  const isGone = attributes.some((attribute) => /^(expires=Thu, 01 Jan 1970|max-age=0)/i.test(attribute));
  if (isGone) jar.delete(`${name} ${path}`);
  else jar.set(`${name} ${path}`, { name, value, host: hostname, path });
}

/** The value of a hidden field in a page. @throws Error if there is none of that name. */
export function hiddenField(html: string, name: string): string {
  const value = new RegExp(`<input type="hidden" name="${name}" value="([^"]*)"`).exec(html)?.[1];
  if (value === undefined) throw new Error(`the page has no hidden field ${name}`);
  return value.replaceAll("&amp;", "&");
}

/** The `action` of the page's first form, as an address. @throws Error if there is no form. */
export function formAction({ html, url }: Pick<BrowserPage, "html" | "url">): string {
  const action = /<form[^>]*\saction="([^"]*)"/.exec(html)?.[1];
  if (action === undefined) throw new Error("the page has no form");
  return new URL(action.replaceAll("&amp;", "&"), url).href;
}
