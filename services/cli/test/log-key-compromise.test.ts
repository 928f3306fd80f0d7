import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { noteSignatureLine, parseNote } from "@yinxin/crypto/tlog";
import { afterAll, describe, expect, it } from "vitest";

import { openAuditedDeployment } from "./audited-deployment.ts";
import type { AuditedDeployment } from "./audited-deployment.ts";

const started: AuditedDeployment[] = [];
afterAll(async () => {
  for (const bench of started) await bench.close();
});

async function open(): Promise<AuditedDeployment> {
  const bench = await openAuditedDeployment();
  started.push(bench);
  return bench;
}

/** One officer asks, another approves, the first does it. */
async function change(bench: AuditedDeployment, words: readonly string[], target: string): Promise<string> {
  const run = async (args: readonly string[], officer: string, code = 0) => {
    const ended = await bench.yinxin([...args, "--as", officer]);
    expect(ended, `${args.join(" ")}\n${ended.stderr}`).toMatchObject({ code });
    return ended;
  };
  const asked = await run([...words, "--reason", "the host was broken into"], "li-qiang", 6);
  // The last one: a compromise first suspends the key, by a change of its own.
  const id = [...`${asked.stderr}${asked.stdout}`.matchAll(/chg_[0-9a-f]+/gu)].at(-1)?.[0] ?? "";
  await run(["approvals", "approve", id, "--confirm", target], "chen-xiao");
  await run([...words.slice(0, 3), "--apply", id, "--wait", "--yes"], "li-qiang");
  return id;
}

describe("the compromise of an audit log's key", () => {
  it("ends with a log that goes on at once, and with a trust file that believes two officers and not the stolen key", async () => {
    const bench = await open();
    const file = (name: string): string => join(bench.folder, name);
    await bench.start("ledger");
    const seal = await bench.start("seal");
    const { rings, auditLog } = seal.governance;
    await seal.append(5);
    await auditLog.checkpoint();
    const stolen = (await rings.open("seal.audit")).signer;

    await change(
      bench,
      ["keys", "compromise", "seal.audit", "--since", "1h", "--confirm", "seal.audit"],
      "seal.audit",
    );
    expect((await rings.versions("seal.audit")).map(({ state }) => state)).toEqual(["compromised", "active"]);
    await seal.append(5);
    const { note, origin } = await auditLog.checkpoint();
    await seal.administration.checks["audit"]?.();

    // Nobody vouched for the new key yet; the stolen one must not.
    const verify = async (...more: string[]) => {
      const ended = await bench.yinxin(["audit", "verify", "--service", "seal", ...more]);
      if (ended.code === 1) throw new Error(ended.stderr);
      return ended.code;
    };
    expect(await verify()).toBe(4);
    const approved = await change(bench, ["audit", "replace-key", "seal.audit"], "seal.audit");
    const exported = await bench.yinxin([
      "approvals",
      "show",
      approved,
      "--output",
      file("change.json"),
      "--as",
      "li-qiang",
    ]);
    expect(exported.code, exported.stderr).toBe(0);
    const replaced = await bench.yinxin(["audit", "trust", "--replace-key", file("change.json")]);
    expect(replaced.code, replaced.stderr).toBe(0);
    writeFileSync(file("trust.new.json"), replaced.stdout);
    await auditLog.checkpoint();
    expect(await verify("--trust", file("trust.new.json"))).toBe(0);

    const witnessed = await bench.yinxin([
      "audit",
      "trust",
      "--replace-key",
      file("change.json"),
      "--in",
      file("witnessed.json"),
    ]);
    const parameters = JSON.parse(
      Buffer.from(
        (JSON.parse(readFileSync(file("change.json"), "utf8")) as { change: { request: string } }).change
          .request,
        "base64",
      ).toString(),
    ) as { parameters: { to: string } };
    expect(JSON.parse(witnessed.stdout)).toMatchObject({
      logs: [{ origin, vkeys: [parameters.parameters.to] }],
    });

    // What the thief signs is believed by nobody who has the new file.
    const { text } = parseNote(note);
    const forged = `${text}\n${await noteSignatureLine({ signer: stolen, name: origin }, text)}`;
    await seal.stop();
    writeFileSync(join(bench.placeOf("seal").auditFolder, "checkpoint"), forged);
    expect(await verify("--trust", file("trust.new.json"))).toBe(4);

    // A change that fewer approved, or another one, replaces nothing; and no key comes back.
    const change1 = JSON.parse(readFileSync(file("change.json"), "utf8")) as {
      change: { approvals: unknown[] };
    };
    writeFileSync(
      file("alone.json"),
      JSON.stringify({ ...change1, change: { ...change1.change, approvals: [] } }),
    );
    const alone = await bench.yinxin(["audit", "trust", "--replace-key", file("alone.json")]);
    expect(alone.code).toBe(3);
    expect(alone.stderr).toContain("change-not-approved");
  });
});
