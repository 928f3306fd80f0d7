import ts from "typescript";

/** A mark of half width in a Chinese text: where, and the text, with `${}` for what a template puts in. */
export interface HalfWidthMark {
  readonly line: number;
  readonly text: string;
}

const slot = "${}";
const han = /\p{Script=Han}/u;
const chinese = String.raw`[\p{Script=Han}\u3000-\u303f\uff00-\uffef“”]`;
const marks = "[,;:()?!]";
const halfWidth = new RegExp(
  String.raw`(?:${chinese}|\$\{\})${marks}|${marks}(?:${chinese}|\$\{\})|${chinese}\.(?:$|\s)`,
  "u",
);

/**
 * The marks `, ; : ( ) ? !` (and a full stop at the end) that stand directly beside a Chinese character, or beside what a template
 * puts into a Chinese text, in the strings of a module. Comments, expressions and texts without a Chinese character are let be.
 */
export function halfWidthMarks(path: string, source: string): readonly HalfWidthMark[] {
  if (!han.test(source)) return [];
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  return textsOf(file)
    .filter(({ node, text }) => isChinese(node, text) && halfWidth.test(text))
    .map(({ node, text }) => ({
      line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1,
      text,
    }));
}

/** The marks that are left when the passages of `allowed` are let be, wherever they stand. */
export function notAllowed(
  found: readonly HalfWidthMark[],
  allowed: readonly string[],
): readonly HalfWidthMark[] {
  // A Latin letter takes the place of a passage, so that nothing new becomes a neighbour of a Chinese character.
  return found.filter(({ text }) =>
    halfWidth.test(allowed.reduce((left, passage) => left.replaceAll(passage, "A"), text)),
  );
}

/** A template of slots alone is Chinese if it is the `zh` of a text in both languages. */
function isChinese(node: ts.Node, text: string): boolean {
  if (han.test(text)) return true;
  const { parent } = node;
  return ts.isPropertyAssignment(parent) && ts.isIdentifier(parent.name) && parent.name.text === "zh";
}

interface Text {
  readonly node: ts.Node;
  readonly text: string;
}

function textsOf(node: ts.Node): readonly Text[] {
  const text = textOf(node);
  const inner: Text[] = [];
  ts.forEachChild(node, (child) => {
    inner.push(...textsOf(child));
  });
  return text === undefined ? inner : [{ node, text }, ...inner];
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isTemplateExpression(node)) {
    return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(slot);
  }
  return ts.isStringLiteralLike(node) || ts.isJsxText(node) ? node.text : undefined;
}
