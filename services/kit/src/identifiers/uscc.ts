/** GB 32100-2015 §4.2: digits and the capital letters that cannot be taken for one. Its place is a symbol's value. */
const symbols = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/**
 * Whether the text is a unified social credit code (统一社会信用代码): 18 symbols, the last of which checks the others
 * (GB 32100-2015, appendix A; the method is that of GB/T 17710 with modulus 31 and base 3).
 */
export function isUscc(text: string): boolean {
  return text.length === 18 && text.at(17) === usccCheckCharacter(text.slice(0, 17));
}

/** The check character of the first 17 symbols; undefined if one of them is not a symbol of the code. */
function usccCheckCharacter(symbolsBefore: string): string | undefined {
  let sum = 0;
  let weight = 1;
  for (const symbol of symbolsBefore) {
    const value = symbols.indexOf(symbol);
    if (value < 0) return undefined;
    sum += value * weight;
    weight = (weight * 3) % 31;
  }
  return symbols[(31 - (sum % 31)) % 31];
}
