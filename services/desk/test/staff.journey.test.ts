import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseTrustList } from "@yinxin/crypto/x509";
import { verifyDocument } from "@yinxin/crypto/verification";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";

import { runTool } from "../../../crypto/testing/run-tool.ts";
import { findFreePortBase } from "../../../scripts/demo/layout.ts";
import { findTool, toolTest } from "../../../scripts/testing/tools.ts";

/**
 * A member of staff and a member of the public at a real browser, against the whole suite in its separate processes.
 * `YINXIN_SCREENSHOTS=1` renews the pictures in docs/img.
 */
const repository = join(import.meta.dirname, "../../..");
const tools = ["chromium", "qpdf"];
const pictures = join(repository, "docs/img");
const isRenewing = process.env["YINXIN_SCREENSHOTS"] === "1";

/** Without these Chromium, even headless, tries to reach its maker. */
const quietFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function startDemo(data: string, portBase: number): Promise<ChildProcess> {
  const demo = spawn(
    process.execPath,
    [
      ...["--conditions=@yinxin/source", "--import", "tsx", "scripts/demo.ts"],
      ...["--data", data, "--port-base", String(portBase)],
    ],
    { cwd: repository, stdio: ["ignore", "pipe", "pipe"] },
  );
  let text = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [demo.stdout, demo.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes("Ctrl-C stops everything")) resolve();
      });
    }
    demo.once("exit", () => {
      reject(new Error(`the demo ended:\n${text}`));
    });
  });
  return demo;
}

async function picture(page: Page, name: string): Promise<void> {
  if (!isRenewing) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

describe("at the desk, in a browser without script", () => {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-journey-"));
  const data = join(folder, "demo");
  const sealed = join(folder, "sealed.pdf");
  let demo: ChildProcess | undefined;
  let browser: Browser | undefined;
  let desk = "";

  beforeAll(async () => {
    const executablePath = findTool("chromium");
    // Without the tools the tests below are skipped, or fail, by themselves; nothing is started for them.
    if (executablePath === undefined || tools.some((tool) => findTool(tool) === undefined)) return;
    browser = await chromium.launch({ executablePath, args: quietFlags });
    const portBase = await findFreePortBase(randomInt);
    desk = `http://localhost:${String(portBase)}`;
    demo = await startDemo(data, portBase);
  });

  afterAll(async () => {
    await browser?.close();
    if (demo !== undefined) {
      const ended = new Promise((resolve) => demo?.once("exit", resolve));
      demo.kill("SIGTERM");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  async function visit(
    locale: "zh-CN" | "en-US",
  ): Promise<{ context: BrowserContext; page: Page; wrong: string[] }> {
    if (browser === undefined) throw new Error("there is no browser");
    const context = await browser.newContext({
      locale,
      javaScriptEnabled: false,
      viewport: { width: 1100, height: 800 },
    });
    const page = await context.newPage();
    const wrong: string[] = [];
    page.on("console", (message) => {
      // The browser notes our own refusals (400) too; faults come in through "response".
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) wrong.push(message.text());
    });
    page.on("response", (response) => {
      if (response.status() >= 500) wrong.push(`${response.url()} ${String(response.status())}`);
    });
    page.on("request", (request) => {
      if (!new URL(request.url()).hostname.endsWith("localhost")) wrong.push(`outside: ${request.url()}`);
    });
    return { context, page, wrong };
  }

  function passwordOf(username: string): string {
    const lines = readFileSync(join(data, "passwords.txt"), "utf8").split("\n");
    return lines.find((line) => line.startsWith(`${username}\t`))?.split("\t")[1] ?? "";
  }

  async function logIn(page: Page, password: string): Promise<void> {
    await page.locator("#username").fill("zhangmin");
    await page.locator("#password").fill(password);
    await page.locator("form button[type=submit]").first().click();
  }

  toolTest(tools, "a clerk logs in, seals the reply and downloads it", async () => {
    const { context, page, wrong } = await visit("zh-CN");
    await page.goto(desk);
    await picture(page, "desk-home");
    await page.getByRole("link", { name: "去盖章" }).click();
    await page.waitForURL(/\/interaction\//);
    await picture(page, "login");
    await logIn(page, "not the password");
    expect(await page.getByRole("alert").innerText()).not.toBe("");
    await picture(page, "login-refused");
    await logIn(page, passwordOf("zhangmin"));

    await page.waitForURL(`${desk}/stamp`);
    await expect.poll(() => page.locator("header").innerText()).toContain("张敏");
    await page.locator("#file").setInputFiles(join(repository, "fixtures/documents/reply.pdf"));
    await page.locator("input[name=seal_id]").first().check();
    await page.locator("#page").fill("1");
    await page.locator("#x_mm").fill("118");
    await page.locator("#y_mm").fill("186");
    await picture(page, "stamp");
    await page.locator("form[action='/stamp'] button[type=submit]").click();

    await page.waitForURL(/\/results\//);
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe("已盖章");
    await picture(page, "stamped");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "下载盖章文件" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.pdf$/);
    await download.saveAs(sealed);
    expect(wrong).toEqual([]);
    await context.close();
  });

  toolTest(
    tools,
    "the download begins with the upload, is sound, and verifies offline under the demo's roots",
    () => {
      const bytes = readFileSync(sealed);
      const original = readFileSync(join(repository, "fixtures/documents/reply.pdf"));
      expect(bytes.subarray(0, original.length).equals(original)).toBe(true);
      expect(runTool("qpdf", ["--check", sealed])).toMatchObject({ status: 0 });
      const { anchors, intermediates } = parseTrustList(readFileSync(join(data, "trust.pem"), "utf8"));
      const report = verifyDocument(
        { name: "sealed.pdf", bytes },
        { trust: anchors, intermediates, at: new Date() },
      );
      expect(report).toMatchObject({
        verdict: "VALID_WITH_WARNINGS",
        signatures: [{ seal: { name: "云岭市行政审批局（测试）" } }],
      });
    },
  );

  toolTest(
    tools,
    "anybody sees on the verify page that it is valid, and that a changed copy is not",
    async () => {
      const { context, page, wrong } = await visit("zh-CN");
      await page.goto(`${desk}/verify`);
      await picture(page, "verify");
      const ask = async (file: string): Promise<string> => {
        await page.goto(`${desk}/verify`);
        await page.locator("#file").setInputFiles(file);
        await page.locator("form[action='/verify'] button[type=submit]").click();
        return page.locator(".verdict").innerText();
      };
      expect(await ask(sealed)).toContain("有效（有提示）");
      expect(await page.locator("main").innerText()).toContain("云岭市行政审批局（测试）");
      await picture(page, "verify-valid");

      const changed = join(folder, "changed.pdf");
      const bytes = readFileSync(sealed);
      bytes[2000] = (bytes[2000] ?? 0) ^ 0x01;
      writeFileSync(changed, bytes);
      expect(await ask(changed)).toContain("无效");
      await picture(page, "verify-invalid");

      expect(await ask(join(repository, "fixtures/documents/reply.pdf"))).toContain("没有签章");
      await picture(page, "verify-unsigned");
      expect(wrong).toEqual([]);
      await context.close();
    },
  );

  toolTest(tools, "the pages speak English to those who ask for it", async () => {
    const { context, page, wrong } = await visit("en-US");
    await page.goto(`${desk}/verify`);
    await page.locator("#file").setInputFiles(sealed);
    await page.locator("form[action='/verify'] button[type=submit]").click();
    expect(await page.locator(".verdict").innerText()).toContain("Valid, with notes");
    await picture(page, "verify-valid-en");
    expect(wrong).toEqual([]);
    await context.close();
  });

  toolTest(
    tools,
    "a seal outside the page is refused in words, and the form keeps what was typed",
    async () => {
      const { context, page } = await visit("zh-CN");
      await page.goto(`${desk}/stamp`);
      await logIn(page, passwordOf("zhangmin"));
      await page.waitForURL(`${desk}/stamp`);
      await page.locator("#file").setInputFiles(join(repository, "fixtures/documents/reply.pdf"));
      await page.locator("#x_mm").fill("500");
      await page.locator("#y_mm").fill("20");
      await page.locator("form[action='/stamp'] button[type=submit]").click();
      expect(await page.getByRole("alert").innerText()).toContain("印章会超出页面");
      expect(await page.locator("#x_mm").inputValue()).toBe("500");
      await picture(page, "stamp-refused");
      await context.close();
    },
  );
});
