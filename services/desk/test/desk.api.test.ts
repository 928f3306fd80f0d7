import { readFile } from "node:fs/promises";
import { request } from "node:http";

import { hiddenField } from "@yinxin/service-kit/page-testing";
import type { BrowserPage, TestBrowser } from "@yinxin/service-kit/page-testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { uploadBytesMax } from "../src/http/uploads.ts";
import { browserFor, formWith, logIn, startDesk } from "./support/desk-for-tests.ts";
import type { RunningDesk } from "./support/desk-for-tests.ts";

let desk: RunningDesk;

beforeEach(async () => {
  desk = await startDesk();
});

afterEach(async () => {
  await desk.close();
});

const pdf = { name: "关于同意设立的批复.pdf", content: new TextEncoder().encode("%PDF-1.7 not really") };
const good = { seal_id: "seal_1", page: "1", x_mm: "120", y_mm: "200.5", reason: "批复〔2026〕18号" };

async function sendStamp(
  browser: TestBrowser,
  page: BrowserPage,
  fields: Readonly<Record<string, string>> = good,
  file: Parameters<typeof formWith>[1] = pdf,
): Promise<BrowserPage> {
  const form = formWith({ form_token: hiddenField(page.html, "form_token"), ...fields }, file);
  return await browser.send(`${desk.url}/stamp`, form);
}

describe("the first page", () => {
  it("shows both ways in, in the language asked for, and remembers it", async () => {
    const browser = browserFor(desk);
    const page = await browser.open(`${desk.url}/?lang=en`);
    expect(page.html).toContain('<html lang="en">');
    expect(page.html).toContain('href="/stamp"');
    expect(page.html).toContain('href="/verify"');
    expect(page.html).toContain("SANDBOX");
    expect((await browser.open(`${desk.url}/verify`)).html).toContain('<html lang="en">');
    expect((await browserFor(desk).open(desk.url)).html).toContain('<html lang="zh-CN">');
  });

  it("has no script, no frame around it, and is kept by no cache", async () => {
    const page = await browserFor(desk).open(desk.url);
    expect(page.html).not.toMatch(/<script/i);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("cache-control")).toContain("no-store");
  });

  it("is a page too where there is none, and nothing under another host's name", async () => {
    const page = await browserFor(desk).open(`${desk.url}/nothing`);
    expect(page.status).toBe(404);
    expect(page.html).toContain("没有这个页面");
    const { port } = new URL(desk.url);
    const status = await new Promise((resolve, reject) => {
      request({ port, path: "/", headers: { host: "evil.example" } }, (response) => {
        resolve(response.resume().statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(421);
  });
});

describe("logging in", () => {
  it("goes to sso with PKCE S256, state and nonce, and comes back with a session", async () => {
    const { browser, page, address } = await logIn(desk);
    expect(address.origin).toBe(desk.sso.url);
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      client_id: "desk",
      response_type: "code",
      redirect_uri: `${desk.url}/callback`,
      code_challenge_method: "S256",
      scope: "openid profile seal:read seal:apply",
    });
    expect(page.url).toBe(`${desk.url}/stamp`);
    expect(page.html).toContain("张敏 · 杭州市测试审批局");
    const line = browser.setCookies.find((cookie) => cookie.startsWith("yinxin_desk_session="));
    expect(line).toMatch(/; HttpOnly; SameSite=Lax$/);
  });

  it("proves itself to sso with an assertion by its own key", async () => {
    await logIn(desk);
    expect(desk.sso.requests).toHaveLength(1);
    const { client_assertion: assertion = "", code_verifier: verifier } = desk.sso.requests[0] ?? {};
    const [header = "", payload = ""] = assertion
      .split(".")
      .map((part) => Buffer.from(part, "base64url").toString());
    expect(JSON.parse(header)).toMatchObject({ alg: "ES256" });
    expect(JSON.parse(payload)).toMatchObject({ iss: "desk", sub: "desk", aud: desk.sso.url });
    expect(verifier).toMatch(/^[\w-]{43,}$/);
  });

  it("keeps tokens on the server and only a digest of the session's id", async () => {
    const { browser, page } = await logIn(desk);
    const [row] = await desk.database.selectFrom("sessions").selectAll().execute();
    const secret = browser.cookie("yinxin_desk_session") ?? "";
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(page.html + browser.setCookies.join()).not.toContain(row?.access_token);
  });

  it("gives a new session each time and ends the one before", async () => {
    const first = await logIn(desk);
    const before = first.browser.cookie("yinxin_desk_session");
    const second = await logIn(desk, first.browser);
    expect(second.browser.cookie("yinxin_desk_session")).not.toBe(before);
    expect(await desk.database.selectFrom("sessions").select("id_digest").execute()).toHaveLength(1);
  });

  it.each([
    ["another state", { state: "forged" }],
    ["another issuer", { iss: "http://evil.example" }],
    ["an error", { error: "access_denied" }],
  ])("is not finished by an answer with %s", async (_what, forged) => {
    const browser = browserFor(desk);
    const sent = await browser.open(`${desk.url}/login`);
    const address = new URL(sent.headers.get("location") ?? "");
    desk.sso.next.nonce = address.searchParams.get("nonce") ?? "";
    const query = new URLSearchParams({
      code: "c",
      state: address.searchParams.get("state") ?? "",
      iss: desk.sso.url,
      ...forged,
    });
    const page = await browser.open(`${desk.url}/callback?${query.toString()}`);
    expect(page.status).toBe(400);
    expect(page.html).toContain("没有登录成功");
    expect(browser.cookie("yinxin_desk_session")).toBeUndefined();
  });

  it("is not finished by an ID token that is not for this login", async () => {
    const browser = browserFor(desk);
    const sent = await browser.open(`${desk.url}/login`);
    desk.sso.next.nonce = "of another login";
    const state = new URL(sent.headers.get("location") ?? "").searchParams.get("state") ?? "";
    const page = await browser.open(
      `${desk.url}/callback?code=c&state=${state}&iss=${encodeURIComponent(desk.sso.url)}`,
    );
    expect(page.status).toBe(400);
  });

  it("is finished once, by the browser that began it, within half an hour", async () => {
    const { browser, address } = await logIn(desk);
    const state = address.searchParams.get("state") ?? "";
    const again = `${desk.url}/callback?code=c&state=${state}&iss=${encodeURIComponent(desk.sso.url)}`;
    expect((await browser.open(again)).status).toBe(400);
    expect((await browserFor(desk).open(again)).status).toBe(400);
    const late = browserFor(desk);
    const sent = await late.open(`${desk.url}/login`);
    const lateState = new URL(sent.headers.get("location") ?? "").searchParams.get("state") ?? "";
    desk.clock.advance(31);
    expect((await late.open(again.replace(state, lateState))).status).toBe(400);
  });

  it("returns to no other page than ours", async () => {
    const browser = browserFor(desk);
    await browser.open(`${desk.url}/login?return_to=http://evil.example/`);
    const rows = await desk.database.selectFrom("logins").select("return_path").execute();
    expect(rows).toEqual([{ return_path: "/stamp" }]);
  });

  it("says so if sso does not answer", async () => {
    await desk.sso.close();
    const page = await browserFor(desk).open(`${desk.url}/login`);
    expect(page.status).toBe(503);
    expect(page.html).toContain("服务暂时没有应答");
  });
});

describe("a session", () => {
  it("ends after half an hour without a visit, and at the latest with its token", async () => {
    desk.sso.next.lifetimeSeconds = 3600;
    const { browser } = await logIn(desk);
    desk.clock.advance(29);
    expect((await browser.open(`${desk.url}/stamp`)).status).toBe(200);
    desk.clock.advance(29);
    expect((await browser.open(desk.url)).html).toContain("张敏");
    desk.clock.advance(3);
    expect((await browser.open(desk.url)).html).not.toContain("张敏");
    await desk.service.sweepExpired();
    expect(await desk.database.selectFrom("sessions").select("id_digest").execute()).toEqual([]);
  });

  it("goes by sso again before a form if its token would not last, and keeps what waits for the same person", async () => {
    desk.sso.next.lifetimeSeconds = 900;
    const { browser, page } = await logIn(desk);
    const result = await sendStamp(browser, page);
    desk.clock.advance(6);
    const away = await browser.open(`${desk.url}/stamp`);
    expect(new URL(away.headers.get("location") ?? "").origin).toBe(desk.sso.url);
    await logIn(desk, browser);
    expect((await browser.open(result.url)).status).toBe(200);
    desk.sso.next.sub = "psn_2";
    await logIn(desk, browser);
    expect((await browser.open(result.url)).status).toBe(404);
  });

  it("is not one that a stranger has put into the browser", async () => {
    const planted = "A".repeat(43);
    const response = await fetch(`${desk.url}/stamp`, {
      headers: { cookie: `yinxin_desk_session=${planted}` },
      redirect: "manual",
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/login?return_to=/stamp");
  });

  it("ends here and at sso when the person logs out with the page's form", async () => {
    const { browser, page } = await logIn(desk);
    const forged = await browser.send(`${desk.url}/logout`, { form_token: "wrong" });
    expect(forged.status).toBe(400);
    const out = await browser.send(`${desk.url}/logout`, {
      form_token: hiddenField(page.html, "form_token"),
    });
    const address = new URL(out.headers.get("location") ?? "");
    expect(address.href.startsWith(`${desk.sso.url}/session/end?`)).toBe(true);
    expect(address.searchParams.get("post_logout_redirect_uri")).toBe(`${desk.url}/`);
    expect(address.searchParams.get("id_token_hint")).toMatch(/^ey/);
    expect(browser.cookie("yinxin_desk_session")).toBeUndefined();
    expect(await desk.database.selectFrom("sessions").select("id_digest").execute()).toEqual([]);
    // Browsers hold redirects after a form to form-action.
    expect(page.headers.get("content-security-policy")).toContain(`form-action 'self' ${desk.sso.url};`);
  });
});

describe("stamping", () => {
  it("lists the unit's seals with their pictures, and offers only those that can be used", async () => {
    const { browser, page } = await logIn(desk);
    expect(page.html).toContain('value="seal_1" checked required');
    expect(page.html).toContain('value="seal_2" disabled required');
    const picture = await browser.open(`${desk.url}/seals/seal_1/picture`);
    expect(picture.headers.get("content-type")).toBe("image/png");
    expect((await browser.open(`${desk.url}/seals/other/picture`)).status).toBe(404);
    expect((await browserFor(desk).open(`${desk.url}/seals/seal_1/picture`)).status).toBe(404);
  });

  it("sends file, place and reason in the person's name, and leads to the file", async () => {
    const { browser, page } = await logIn(desk);
    const result = await sendStamp(browser, page);
    expect(desk.seal.applications).toEqual([
      {
        seal_id: "seal_1",
        placement: { page: 1, x_mm: 120, y_mm: 200.5 },
        reason: good.reason,
        name: pdf.name,
        subject: "org_1",
        actor: "psn_1",
      },
    ]);
    expect(result.url).toMatch(/\/results\/[\w-]{43}$/);
    expect(result.html).toContain("关于同意设立的批复-已盖章.pdf");
    const file = await browser.open(`${result.url}/file`);
    expect(file.html).toBe("%PDF-1.7 not really\n% sealed");
    expect(file.headers.get("content-type")).toBe("application/pdf");
    // RFC 8187: the name in UTF-8, beside one that old programs can read.
    expect(file.headers.get("content-disposition")).toContain(
      `filename*=UTF-8''${encodeURIComponent("关于同意设立的批复-已盖章.pdf")}`,
    );
  });

  it("keeps the file for ten minutes, for this session only", async () => {
    const { browser, page } = await logIn(desk);
    const result = await sendStamp(browser, page);
    const other = await logIn(desk);
    expect((await other.browser.open(result.url)).status).toBe(404);
    expect((await browserFor(desk).open(`${result.url}/file`)).status).toBe(404);
    desk.clock.advance(11);
    expect((await browser.open(`${result.url}/file`)).status).toBe(404);
    await desk.service.sweepExpired();
    expect(await desk.database.selectFrom("results").select("id").execute()).toEqual([]);
  });

  it("shows every mistake at its field, with what was typed", async () => {
    const { browser, page } = await logIn(desk);
    const again = await sendStamp(
      browser,
      page,
      { seal_id: "", page: "零", x_mm: "12.345", y_mm: "7", reason: "<b>" },
      { name: "", content: new Uint8Array() },
    );
    expect(again.status).toBe(400);
    for (const field of ["file", "seal_id", "page", "x_mm"]) expect(again.html).toContain(`href="#${field}"`);
    expect(again.html).not.toContain('href="#y_mm"');
    expect(again.html).toContain('value="零"');
    expect(again.html).toContain('value="&lt;b>"');
    expect(desk.seal.applications).toEqual([]);
  });

  it("says in the page's language what the seal service refused and what to do", async () => {
    const { browser, page } = await logIn(desk);
    desk.seal.refuseNext = "placement-outside-page";
    const chinese = await sendStamp(browser, page);
    expect(chinese.status).toBe(422);
    expect(chinese.html).toContain('<a href="#x_mm">印章会超出页面</a>');
    expect(chinese.html).toContain("整枚印章须在页面之内");
    expect(chinese.html).toContain('value="200.5"');
    const english = await browser.open(`${desk.url}/stamp?lang=en`);
    desk.seal.refuseNext = "seal-under-repair";
    const unknown = await sendStamp(browser, english);
    expect(unknown.html).toContain("The seal is being repaired");
    expect(unknown.html).toContain("what to do");
    expect(await desk.database.selectFrom("results").select("id").execute()).toEqual([]);
  });

  it("is refused without the session's token, with another session's, and from another origin", async () => {
    const mine = await logIn(desk);
    const other = await logIn(desk);
    const stolen = hiddenField(other.page.html, "form_token");
    const own = hiddenField(mine.page.html, "form_token");
    const answers = [
      await mine.browser.send(`${desk.url}/stamp`, formWith(good, pdf)),
      await mine.browser.send(`${desk.url}/stamp`, formWith({ ...good, form_token: stolen }, pdf)),
      await mine.browser.send(`${desk.url}/stamp`, formWith({ ...good, form_token: own }, pdf), {
        origin: "http://evil.example",
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(desk.seal.applications).toEqual([]);
  });

  it("asks to log in first, and again when the seal service does not believe the token any more", async () => {
    const nobody = await browserFor(desk).send(`${desk.url}/stamp`, formWith(good, pdf));
    expect(new URL(nobody.headers.get("location") ?? "").origin).toBe(desk.sso.url);
    const { browser, page } = await logIn(desk);
    await desk.database.updateTable("sessions").set({ access_token: "revoked" }).execute();
    const refused = await sendStamp(browser, page);
    expect(new URL(refused.headers.get("location") ?? "").origin).toBe(desk.sso.url);
  });

  it("names the limit for a file that is too large, and sends nothing on", async () => {
    const { browser, page } = await logIn(desk);
    const large = { name: "scan.pdf", content: new Uint8Array(uploadBytesMax + 1) };
    const again = await sendStamp(browser, page, good, large);
    expect(again.status).toBe(400);
    expect(again.html).toContain("文件超过 20 MB");
    expect(desk.seal.applications).toEqual([]);
  });

  it("says so if the seal service does not answer", async () => {
    const { browser } = await logIn(desk);
    await desk.seal.close();
    const page = await browser.open(`${desk.url}/stamp`);
    expect(page.status).toBe(503);
  });
});

describe("verifying", () => {
  const fixture = async (name: string): Promise<{ name: string; content: Uint8Array }> => ({
    name,
    content: new Uint8Array(await readFile(new URL(`../../../fixtures/documents/${name}`, import.meta.url))),
  });

  it.each([
    ["reply-sealed.pdf", "mixed", "有效（有提示） — 1 枚签章有效"],
    ["reply-sealed.ofd", "mixed", "有效（有提示） — 1 枚签章有效"],
    ["reply-tampered.pdf", "bad", "无效 — 不要采信此文件"],
    ["reply-tampered.ofd", "bad", "无效 — 不要采信此文件"],
    ["reply.pdf", "idle", "没有签章 — 文件里没有可以核验的签章"],
  ])("says of %s for anybody what it is worth", async (name, look, sentence) => {
    const page = await browserFor(desk).send(`${desk.url}/verify`, formWith({}, await fixture(name)));
    expect(page.status).toBe(200);
    expect(page.html).toContain(`class="verdict ${look}"`);
    expect(page.html).toContain(sentence);
    expect(page.html).toContain("不保存文件");
    expect(page.html).toContain("印章图样不是证据");
  });

  it("names signer, seal, time and the changed part", async () => {
    const page = await browserFor(desk).send(
      `${desk.url}/verify`,
      formWith({}, await fixture("reply-tampered.ofd")),
    );
    expect(page.html).toContain("云岭市行政审批局");
    expect(page.html).toContain("33010000000001");
    expect(page.html).toMatch(/未通过：[^<]*<span class="small muted" lang="en"> [^<]*Doc_0\//);
  });

  it("keeps nothing", async () => {
    await browserFor(desk).send(`${desk.url}/verify`, formWith({}, await fixture("reply-sealed.pdf")));
    for (const table of ["sessions", "logins", "results"] as const) {
      expect(await desk.database.selectFrom(table).selectAll().execute()).toEqual([]);
    }
  });

  it("answers a form without a file, with too large a one, and with something that is no document", async () => {
    const browser = browserFor(desk);
    const none = await browser.send(`${desk.url}/verify`, formWith({}));
    expect(none.status).toBe(400);
    expect(none.html).toContain('href="#file"');
    const large = await browser.send(
      `${desk.url}/verify`,
      formWith({}, { name: "a.pdf", content: new Uint8Array(uploadBytesMax + 1) }),
    );
    expect(large.status).toBe(413);
    const text = await browser.send(
      `${desk.url}/verify`,
      formWith({}, { name: "a.txt", content: new Uint8Array([104, 105]) }),
    );
    expect(text.status).toBe(200);
    expect(text.html).not.toContain('class="verdict good"');
    expect(text.html).not.toContain('class="verdict mixed"');
  });

  it("shows a hostile file name as text", async () => {
    const { content } = await fixture("reply.pdf");
    const page = await browserFor(desk).send(
      `${desk.url}/verify`,
      formWith({}, { name: "<img src=x onerror=alert(1)>.pdf", content }),
    );
    expect(page.html).not.toContain("<img src=x");
    expect(page.html).toContain("&lt;img src=x onerror=alert(1)>.pdf");
  });

  it("works in English, too", async () => {
    const browser = browserFor(desk);
    await browser.open(`${desk.url}/verify?lang=en`);
    const page = await browser.send(`${desk.url}/verify`, formWith({}, await fixture("reply-sealed.pdf")));
    expect(page.html).toContain("Valid, with notes — the signature is valid");
    expect(page.html).not.toMatch(/[\u3002\uff1f]/);
  });

  it("refuses what is no form with a file", async () => {
    const answer = await fetch(`${desk.url}/verify`, {
      method: "POST",
      body: "hello",
      headers: { "content-type": "text/plain" },
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("没有收到文件");
  });
});
