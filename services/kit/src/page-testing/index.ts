/** A browser for tests of pages: cookies, redirects and forms over real HTTP, without script. Only tests import this. */
export { createTestBrowser, formAction, hiddenField } from "./test-browser.ts";
export type { BrowserPage, TestBrowser } from "./test-browser.ts";
