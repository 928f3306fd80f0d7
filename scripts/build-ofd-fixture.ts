/**
 * Makes fixtures/documents/reply.ofd from reply.json: the official reply on one A4 page, laid out after GB/T 9704-2012 like
 * reply.pdf, with its font embedded. The same input gives the same bytes, and a test compares them.
 *
 *     npx tsx --conditions=@yinxin/source scripts/build-ofd-fixture.ts
 */
import { readFileSync, writeFileSync } from "node:fs";

import { replyOfd } from "./reply-ofd.ts";

const fixtures = new URL("../fixtures/", import.meta.url);
const bytes = replyOfd(
  readFileSync(new URL("documents/reply.json", fixtures)),
  readFileSync(new URL("fonts/reply-subset.otf", fixtures)),
);
writeFileSync(new URL("documents/reply.ofd", fixtures), bytes);
process.stderr.write(`fixtures/documents/reply.ofd: ${String(bytes.length)} bytes\n`);
