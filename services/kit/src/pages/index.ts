/**
 * What the pages of the suite are made of: server-rendered Preact, one stylesheet, no script, no font or picture from
 * elsewhere, so that a page works in an office without the Internet, in an old browser and with script switched off.
 *
 * A page is a {@link Layout} given to {@link renderDocument} and sent with {@link pageHeaders}; {@link pageAssets}
 * serves the stylesheet. Texts live in the service that speaks them, one catalogue a language with the same keys; the
 * language comes from {@link chooseLanguage}.
 */
export { asLanguage, chooseLanguage, languageNames, languageTags } from "./language.ts";
export type { LanguageWishes } from "./language.ts";
export { formatDate, formatExactTime, formatTime } from "./time.ts";
export { Layout, renderDocument } from "./layout.tsx";
export type { LayoutProps } from "./layout.tsx";
export { describedBy, ErrorSummary, Field, TextField } from "./form.tsx";
export type { ErrorSummaryProps, FieldError, FieldProps, TextFieldProps } from "./form.tsx";
export { pageHeaders } from "./headers.ts";
export type { PagePolicy } from "./headers.ts";
export { pageAssets } from "./assets.ts";
export { stylesheet, stylesheetPath } from "./stylesheet.ts";
