import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { describe, expect, it } from "vitest";

import { halfWidthMarks, notAllowed } from "./chinese-punctuation.ts";

const repository = join(import.meta.dirname, "..");

/** What keeps its half-width marks beside Chinese, and why. `${}` stands for what a template puts in. */
const allowances: Readonly<Record<string, string>> = {
  "key:用途": "a scope, as it is typed",
  "seal:印章标识": "a scope, as it is typed",
  "unit:单位标识": "a scope, as it is typed",
  "until: text:": "the conditions of a search, as they are typed",
  "${}: 之后缺少内容": "a condition of a search, as it was typed",
  "条件 ${}:": "a condition of a search, as it was typed",
  "'subject:${}'": "a condition of a search, in a command",
  "file:/文件夹?pin-source=": "a URI",
  "@主机:5432/": "a URI",
  "O=云岭市行政审批局,CN=": "the name of a subject, as it is typed",
  "印信测试机构(仅供测试)": "the name of an authority, in certificates that it has issued",
  "] ${}: ${}": "the subject line of a mail, in both languages",
};

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)));
}

function sources(): readonly string[] {
  const services = readdirSync(join(repository, "services")).flatMap((service) =>
    readdirSync(join(repository, "services", service))
      .filter((folder) => folder === "src" || folder === "plans")
      .map((folder) => join("services", service, folder)),
  );
  return ["crypto/src", "hsm-adapters/src", "scripts", ...services].flatMap(sourcesIn);
}

describe("the Chinese texts of the sources", () => {
  const found = sources().map((path) => ({
    path,
    marks: halfWidthMarks(path, readFileSync(join(repository, path), "utf8")),
  }));

  it("have full-width punctuation beside Chinese characters", () => {
    const left = found.flatMap(({ path, marks }) =>
      notAllowed(marks, Object.keys(allowances)).map(({ line, text }) => `${path}:${String(line)} ${text}`),
    );
    expect(left).toEqual([]);
  });

  it("use every allowance for a half-width mark", () => {
    const texts = found.flatMap(({ marks }) => marks.map(({ text }) => text));
    const unused = Object.keys(allowances).filter((passage) => !texts.some((text) => text.includes(passage)));
    expect(unused).toEqual([]);
  });
});

describe("halfWidthMarks", () => {
  it.each([
    ['const a = { zh: "已停用,请联系" };', "已停用,请联系"],
    ["const a = 'detail 说明了原因;请重试';", "detail 说明了原因;请重试"],
    ["const a = `印章 ${id}(${state})。`;", "印章 ${}(${})。"],
    ['const a = `共 ${n} 次${late ? "(逾期)" : ""}`;', "(逾期)"],
    ["const a = f({ 用途, zh: `${title}:${detail}` });", "${}:${}"],
    ['const a = "确定吗?";', "确定吗?"],
    ['const a = "已完成.";', "已完成."],
    ["const a = <p>登录失败!</p>;", "登录失败!"],
  ])("finds the mark in %s", (source, text) => {
    expect(halfWidthMarks("planted.tsx", `\n${source}`)).toEqual([{ line: 2, text }]);
  });

  it.each([
    'const a = "已停用，请联系";',
    'const a = "请运行 yinxin keys list 1:1 a,b 查看 (x)";',
    "const a = `${name}: ${value}`;",
    "const a = f(中文, 1); // 注释,随意",
    'const a = "Stopped; ask.";',
  ])("finds nothing in %s", (source) => {
    expect(halfWidthMarks("planted.ts", source)).toEqual([]);
  });
});

describe("notAllowed", () => {
  it("lets be what is allowed, and nothing around it", () => {
    const clean = { line: 1, text: "写作 key:用途。" };
    const other = { line: 2, text: "写作:key:用途。" };
    expect(notAllowed([clean, other], ["key:用途"])).toEqual([other]);
  });
});
