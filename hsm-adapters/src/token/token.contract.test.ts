import { createTokenScene, addKey } from "../../testing/token-scene.ts";
import { exerciseKeyStore } from "../contract/index.ts";
import { writeKeyUri } from "../key-store/index.ts";

exerciseKeyStore("a token store on the simulator", ["SM2", "ES256", "Ed25519", "RS256"], () => {
  const scene = createTokenScene();
  return Promise.resolve({
    open: () => scene.open({ options: { deadlineMilliseconds: 10_000 } }),
    provision: (label, algorithm) => addKey(scene, algorithm, label),
    unknownUri: writeKeyUri("simulator", { serial: "S1", id: Uint8Array.of(1, 2, 3) }),
    dispose: () => scene.dispose(),
  });
});
