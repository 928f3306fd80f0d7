import type { PlanDefinition } from "../plan-definition.ts";
import {
  deactivate,
  destroyPrivate,
  generate,
  publish,
  retire,
  selfTestWith,
  waitForSigned,
  waitForVerifiers,
} from "./plan-steps.ts";

/**
 * Keys of tokens, whose verifiers keep a copy of the key set: shown before it signs, shown as long as a token of it lives.
 * Hooks: `token-key.self-test`.
 */
export const tokenKeyPlan: PlanDefinition = {
  name: "token-key",
  title: { zh: "轮换令牌密钥", en: "Rotate a token key" },
  // Otherwise nobody could sign in for as long as the copies live, after the key in use was lost.
  shows_stand_by: true,
  steps: [
    generate,
    publish,
    waitForVerifiers,
    retire,
    waitForSigned,
    deactivate,
    destroyPrivate,
    selfTestWith("token-key.self-test"),
  ],
  roll_back_until: "retire",
};

/**
 * The key with which one service proves to the sign-on service who it is.
 * Hooks: `client-key.register` (with `undo`), `client-key.unregister`, `client-key.self-test`.
 */
export const clientKeyPlan: PlanDefinition = {
  name: "client-key",
  title: { zh: "轮换服务的客户端密钥", en: "Rotate a service's client key" },
  steps: [
    generate,
    {
      name: "register",
      title: { zh: "在统一身份认证登记新公钥", en: "Register the new public key with the sign-on service" },
      do: "call",
      call: "client-key.register",
    },
    publish,
    waitForVerifiers,
    retire,
    waitForSigned,
    {
      name: "unregister",
      title: { zh: "撤销旧公钥的登记", en: "Remove the old public key from the registration" },
      do: "call",
      call: "client-key.unregister",
      is_optional: true,
    },
    deactivate,
    destroyPrivate,
    selfTestWith("client-key.self-test"),
  ],
  roll_back_until: "retire",
};
