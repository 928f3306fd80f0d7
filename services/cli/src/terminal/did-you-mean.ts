/** A slip of the finger or two; more, and it is another word. */
const mostEdits = 2;

/** The names that somebody may have meant, nearest first. */
export function meant(word: string, names: readonly string[]): readonly string[] {
  const most = Math.min(mostEdits, Math.floor(word.length / 3));
  return names
    .map((name) => ({ name, edits: name.startsWith(word) && word !== "" ? 0.5 : editsBetween(word, name) }))
    .filter(({ edits }) => edits <= most)
    .sort((one, other) => one.edits - other.edits || one.name.localeCompare(other.name))
    .map(({ name }) => name)
    .slice(0, 3);
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editsBetween(one: string, other: string): number {
  const a = Array.from(one);
  const b = Array.from(other);
  const table = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => table[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    table.push(current);
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          isSwap ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
