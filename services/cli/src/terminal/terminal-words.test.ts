import { describe, expect, it } from "vitest";

import { createTestTerminal } from "../../test/test-terminal.ts";
import {
  CommandFailure,
  confirmByName,
  createProgress,
  describeUsage,
  durationOf,
  editsBetween,
  meant,
  noWords,
  onlyWord,
  parseOptions,
  readDuration,
  readGlobalOptions,
  readTime,
  renderCsv,
  renderTable,
  sayFailure,
  UsageError,
  wantsColour,
  widthOf,
} from "./index.ts";

const now = new Date("2026-11-21T02:00:00Z");

describe("did you mean", () => {
  it("counts a slip, a swap of neighbours as one", () => {
    expect(editsBetween("", "abc")).toBe(3);
    expect(editsBetween("rotate", "roatte")).toBe(1);
    expect(editsBetween("kitten", "sitting")).toBe(3);
  });

  it("offers the nearest names, and none for another word", () => {
    expect(meant("keys lits", ["keys list", "keys show", "audit tail"])).toEqual(["keys list"]);
    expect(meant("sso.tokne", ["sso.token", "seal.maker"])).toEqual(["sso.token"]);
    expect(meant("ab", ["xy"])).toEqual([]);
    expect(meant("seal.owner", ["seal.owner.seal_7", "seal.maker"])).toEqual(["seal.owner.seal_7"]);
  });
});

describe("times and spans of time", () => {
  it("are read with their unit, and nothing else is", () => {
    expect([durationOf("30d"), durationOf("90s"), durationOf("12h"), durationOf("2w")]).toEqual([
      2_592_000_000, 90_000, 43_200_000, 1_209_600_000,
    ]);
    for (const text of ["30", "d", "-3d", "3.5d", "999999999w", "3 d"]) {
      expect(durationOf(text), text).toBeUndefined();
    }
  });

  it("need an offset, which a local time lacks (RFC 3339 §5.6)", () => {
    expect(readTime("--since", "2026-11-20T08:00+08:00", now)).toEqual(new Date("2026-11-20T00:00:00Z"));
    expect(readTime("--since", "7d", now)).toEqual(new Date("2026-11-14T02:00:00Z"));
    for (const text of ["2026-11-20", "2026-11-20T08:00", "yesterday", "2026-13-40T00:00:00Z"]) {
      expect(() => readTime("--since", text, now), text).toThrow(UsageError);
    }
  });
});

describe("a table", () => {
  it("counts wide characters as two columns, and colours nothing but the text", () => {
    const rows = [[{ text: "启用", style: "green" as const }, "a"], ["active", "印信"], ["x"]];
    expect(renderTable(["状态", "B"], rows)).toBe("状态    B\n启用    a\nactive  印信\nx\n");
    expect(renderTable(["状态", "B"], rows, { hasColour: true })).toContain("\u001b[32m启用\u001b[0m    a\n");
  });

  it("lets nobody break out of a cell", () => {
    expect(renderTable(["A"], [["\u001b[31m\n"]])).toBe("A\n\\u{1b}[31m\\u{a}\n");
  });

  it("counts a character beyond the first plane as wide, and a mark over another as nothing", () => {
    expect(widthOf("𠮷")).toBe(2);
    expect(widthOf("e\u0301")).toBe(1);
  });

  it("is CSV that a spreadsheet reads as text (RFC 4180 §2)", () => {
    expect(renderCsv(["a", "b"], [['x,"y"', "=1+1"]])).toBe('a,b\r\n"x,""y""",\'=1+1\r\n');
  });
});

describe("progress", () => {
  it("is one line a step where nothing can be drawn", () => {
    const terminal = createTestTerminal();
    const progress = createProgress(terminal, 3);
    progress.at(0, "generate");
    progress.at(0, "generate");
    progress.at(3, "done");
    progress.end();
    expect(terminal.said()).toBe("0/3  generate\n3/3  done\n");
  });

  it("is a bar on a terminal, drawn over itself", () => {
    const terminal = createTestTerminal({ canDraw: true });
    const progress = createProgress(terminal, 2);
    progress.at(1, "publish");
    progress.end();
    expect(terminal.said()).toBe("\r\u001b[K  ██████████░░░░░░░░░░ 1/2  publish\n");
  });
});

describe("colours", () => {
  it("are shown on a terminal only, and never where somebody refused them", () => {
    const ask = (environment: Record<string, string>, isTerminal = true, isRefused = false): boolean =>
      wantsColour({ environment, isTerminal, isRefused });
    expect(ask({})).toBe(true);
    expect(ask({ NO_COLOR: "" })).toBe(true);
    expect(ask({ NO_COLOR: "0" })).toBe(false);
    expect(ask({ TERM: "dumb" })).toBe(false);
    expect(ask({}, false)).toBe(false);
    expect(ask({}, true, true)).toBe(false);
  });
});

describe("what destroys", () => {
  const confirmation = { name: "seal.maker", given: undefined, option: "--confirm seal.maker" };

  it("is done when the name was typed", async () => {
    const terminal = createTestTerminal({ answers: ["seal.maker"], language: "zh" });
    await confirmByName(terminal, confirmation);
    expect(terminal.questions).toEqual(["请输入 seal.maker 以确认："]);
  });

  it.each([{ answers: ["y"] }, { answers: [] }, {}])("is not done otherwise: %j", async (options) => {
    const terminal = createTestTerminal(options);
    await expect(confirmByName(terminal, confirmation)).rejects.toMatchObject({
      code: "not-confirmed",
      exitCode: 5,
    });
  });
});

describe("a failure", () => {
  it("shows its code, the request and the next command, and obeys nothing that a service said", () => {
    const terminal = createTestTerminal();
    const failure = new CommandFailure(
      "change-expired",
      { zh: "已过期", en: "It has expired\u001b[2J." },
      {
        exitCode: 7,
        requestId: "req_1",
        next: { zh: "再提交", en: "yinxin keys rotate sso.token --request" },
      },
    );
    expect(sayFailure(failure, terminal, true)).toBe(7);
    expect(terminal.said()).toBe(
      "yinxin: It has expired\\u{1b}[2J.\n  change-expired  request req_1\n  → yinxin keys rotate sso.token --request\n",
    );
    expect(JSON.parse(terminal.printed())).toEqual({
      error: {
        code: "change-expired",
        message: "It has expired\u001b[2J.",
        request_id: "req_1",
        next_step: "yinxin keys rotate sso.token --request",
      },
    });
  });
});

describe("a command line that was not understood", () => {
  it("is answered in the person's language, and named in it", () => {
    const wordsOf = (parse: () => unknown): unknown => {
      try {
        return parse();
      } catch (cause) {
        return cause instanceof UsageError ? cause.words : cause;
      }
    };
    expect(wordsOf(() => parseOptions(["--akin"], {}))).toMatchObject({ zh: "选项 --akin 有误，或缺少值。" });
    expect(wordsOf(() => readDuration("--within", "soon"))).toEqual({
      zh: "--within soon：请写成时长，如 30d、12h、45m、90s。",
      en: "--within soon: write a span of time like 30d, 12h, 45m or 90s.",
    });
    expect(
      wordsOf(() => {
        noWords(["x"]);
      }),
    ).toMatchObject({ zh: "多了一个参数“x”。" });
    expect(wordsOf(() => onlyWord([], "a plan"))).toMatchObject({ en: "Name a plan." });
  });
});

describe("options for every command", () => {
  it("stand anywhere, and an officer may be named before the command", () => {
    expect(readGlobalOptions(["--as", "李强", "approvals", "approve", "chg_1", "--no-input"])).toEqual({
      args: ["approvals", "approve", "chg_1", "--as", "李强"],
      noColour: false,
      noInput: true,
    });
    expect(readGlobalOptions(["--as=李强", "--no-color", "keys", "list", "--", "--no-input"])).toEqual({
      args: ["keys", "list", "--as=李强", "--", "--no-input"],
      noColour: true,
      noInput: false,
    });
  });
});

describe("the help of a command", () => {
  const usage = describeUsage({
    lines: ["keys list [options]", "keys list --store URI"],
    examples: ["keys list", "keys list --json"],
    about: { zh: "列出密钥。", en: "Lists keys." },
    options: {
      reason: { type: "string", value: "TEXT", help: { zh: "原因", en: "why" } },
      json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
    },
  });

  it("has two examples on top, in the person's language", () => {
    expect(usage.en).toBe(
      "usage: yinxin keys list [options]\n       yinxin keys list --store URI\n\nexamples:\n  $ yinxin keys list\n" +
        "  $ yinxin keys list --json\n\nLists keys.\n\n  --reason TEXT  why\n  --json         print JSON\n",
    );
    expect(usage.zh).toContain("示例:");
  });
});
