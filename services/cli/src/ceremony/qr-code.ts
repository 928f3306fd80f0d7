import qrcode from "qrcode-generator";

/** Dark over light: the upper half of a character is its colour, the lower half its background. */
const halves = { both: "█", upper: "▀", lower: "▄", none: " " } as const;
/** ISO/IEC 18004 §6.3.8: a quiet zone of four modules; two do on a screen. */
const quiet = 2;

/**
 * A text as a QR code of half blocks, two rows of modules a line, light on dark as terminals are. Without colours it reads the same, since
 * it has none.
 */
export function qrCodeOf(text: string): string {
  const code = qrcode(0, "M");
  code.addData(text, "Byte");
  code.make();
  const size = code.getModuleCount();
  const isLight = (row: number, column: number): boolean => {
    const isInside = row >= 0 && row < size && column >= 0 && column < size;
    return !isInside || !code.isDark(row, column);
  };
  const lines: string[] = [];
  for (let row = -quiet; row < size + quiet; row += 2) {
    let line = "";
    for (let column = -quiet; column < size + quiet; column += 1) {
      const [upper, lower] = [isLight(row, column), isLight(row + 1, column)];
      line += upper && lower ? halves.both : upper ? halves.upper : lower ? halves.lower : halves.none;
    }
    lines.push(line);
  }
  return `${lines.join("\n")}\n`;
}
