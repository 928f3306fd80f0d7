import { isUscc } from "@yinxin/service-kit/identifiers";

/**
 * By what a holder is known (GB/T 36903-2018, annex A: 持证主体代码类型). The two kinds that have a check character; an
 * unchecked code would let a slip of the pen issue a license to somebody else.
 */
export const holderCodeTypes = {
  /** 统一社会信用代码, GB 32100-2015. */
  "001": isUscc,
  /** 公民身份号码, GB 11643-1999. */
  "111": isCitizenNumber,
} as const satisfies Record<string, (code: string) => boolean>;

export type HolderCodeType = keyof typeof holderCodeTypes;

export const holderCodeTypeNames = Object.keys(holderCodeTypes) as readonly HolderCodeType[];

/** GB 11643-1999 §4: 17 digits and a check character by ISO/IEC 7064 MOD 11-2. */
function isCitizenNumber(code: string): boolean {
  if (!/^[0-9]{17}[0-9X]$/.test(code)) return false;
  let check = 0;
  for (const character of code) check = (check * 2 + (character === "X" ? 10 : Number(character))) % 11;
  return check === 1;
}
