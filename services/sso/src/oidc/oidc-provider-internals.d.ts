/** The one part of the library that it does not publish and we use; see library-keystore.ts. */
declare module "oidc-provider/lib/helpers/weak_cache.js" {
  import type { Provider } from "oidc-provider";

  /** What a provider keeps to itself. */
  export default function internalsOf(provider: Provider): { keystore: object; jwks: { keys: object[] } };
}
