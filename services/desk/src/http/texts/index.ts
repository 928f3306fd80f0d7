/** The desk's texts: one file a language, the same names in each. */
import type { CheckName, Verdict } from "@yinxin/crypto/verification";
import type { Language } from "@yinxin/service-kit/problems";

import { en } from "./en.ts";
import { zh } from "./zh.ts";
import type { DeskTexts } from "./zh.ts";

export type { DeskTexts } from "./zh.ts";

/** The texts by language. */
export const deskTexts: Readonly<Record<Language, DeskTexts>> = { zh, en };

// A check or a verdict that verification can give and that has no words here does not compile.
zh.checks satisfies Readonly<Record<CheckName, string>>;
zh.sentences satisfies Readonly<Record<Verdict, (count: number) => string>>;
