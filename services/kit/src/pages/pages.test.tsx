import { render } from "preact-render-to-string";
import { describe, expect, it } from "vitest";

import {
  chooseLanguage,
  ErrorSummary,
  formatDate,
  formatExactTime,
  formatTime,
  Layout,
  pageHeaders,
  renderDocument,
  stylesheet,
  stylesheetPath,
  TextField,
} from "./index.ts";

describe("the language of a page", () => {
  it("is the one chosen in the address, then the one chosen before, then the browser's, then Chinese", () => {
    expect(chooseLanguage({ query: "en", cookie: "zh", acceptLanguage: "zh-CN" })).toBe("en");
    expect(chooseLanguage({ cookie: "en", acceptLanguage: "zh-CN" })).toBe("en");
    expect(chooseLanguage({ acceptLanguage: "fr, en-GB;q=0.9, zh;q=0.1" })).toBe("en");
    expect(chooseLanguage({})).toBe("zh");
  });

  it("ignores what is no language of ours, whatever its type", () => {
    expect(chooseLanguage({ query: ["en", "zh"], cookie: "<script>" })).toBe("zh");
    expect(chooseLanguage({ query: { toString: () => "en" } })).toBe("zh");
  });
});

describe("a time on a page", () => {
  it("is shown in China's time, with its offset", () => {
    const at = new Date("2026-11-20T18:02:11.400Z");
    expect(formatTime(at)).toBe("2026-11-21 02:02 (UTC+8)");
    expect(formatExactTime(at)).toBe("2026-11-21 02:02:11 (UTC+8)");
    expect(formatDate(at)).toBe("2026-11-21");
  });
});

describe("the frame of a page", () => {
  const page = (isSandbox: boolean): string =>
    renderDocument(
      <Layout
        language="zh"
        title="<登录>"
        service="统一身份认证"
        isSandbox={isSandbox}
        otherLanguageHref="?lang=en"
      >
        <p>{'"><script>alert(1)</script>'}</p>
      </Layout>,
    );

  it("names its language, its title and the way to the other language", () => {
    const html = page(false);
    expect(html).toMatch(/^<!doctype html>\n<html lang="zh-CN">/);
    expect(html).toContain("<title>&lt;登录> — 印信</title>");
    expect(html).toContain('<a href="?lang=en" lang="en" hreflang="en">English</a>');
    expect(html).toContain(`<link rel="stylesheet" href="${stylesheetPath}"/>`);
  });

  it("shows the sandbox band exactly when told", () => {
    expect(page(true)).toContain("沙箱 / SANDBOX — 测试，不具法律效力");
    expect(page(false)).not.toContain("SANDBOX");
  });

  it("has no script, and escapes what others wrote", () => {
    expect(page(true)).not.toMatch(/<script/i);
    expect(page(true)).toContain("&lt;script>alert(1)&lt;/script>");
  });
});

describe("a form", () => {
  it("lists its errors in an alert, each a link to its field", () => {
    const html = render(
      <ErrorSummary
        title="请更正"
        errors={[{ field: "x_mm", text: "填写毫米数" }, { text: "印章已停用" }]}
      />,
    );
    expect(html).toContain('role="alert"');
    expect(html).toContain('<li><a href="#x_mm">填写毫米数</a></li><li>印章已停用</li>');
  });

  it("has no summary without errors", () => {
    expect(render(<ErrorSummary title="请更正" errors={[]} />)).toBe("");
  });

  it("ties label, hint and error to the field", () => {
    const html = render(
      <TextField
        id="x_mm"
        label="横向"
        hint="从左边量"
        type="number"
        value="1"
        errors={[{ field: "x_mm", text: "太大" }]}
      />,
    );
    expect(html).toContain('<label for="x_mm">横向</label>');
    expect(html).toContain('aria-describedby="x_mm-hint x_mm-error" aria-invalid="true"');
    expect(html).toContain('id="x_mm-error">太大<');
  });

  it("leaves passwords to password managers, and handles no key or paste (WCAG 2.2 §3.3.8)", () => {
    const html = render(
      <TextField id="password" label="密码" type="password" autocomplete="current-password" />,
    );
    expect(html).toContain('type="password"');
    expect(html).toContain('autocomplete="current-password"');
    expect(html).not.toMatch(/ on[a-z]+=|autocomplete="off"|readonly/);
  });
});

describe("the headers of a page", () => {
  it("allow no script and no frame, and forms to end at the named origins only", () => {
    const policy = pageHeaders({ formOrigins: ["http://localhost:7600"] })["content-security-policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("script-src");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self' http://localhost:7600;");
  });
});

describe("the stylesheet", () => {
  it("stays small and fetches nothing", () => {
    expect(stylesheet.length).toBeLessThan(20_000);
    expect(stylesheet).not.toMatch(/url\(|@import/);
  });
});
