/** What a person at the desk can be told apart from what other services answer. */
export type DeskRefusalCode = "login-not-finished" | "form-not-ours" | "upload-malformed" | "desk-busy";
