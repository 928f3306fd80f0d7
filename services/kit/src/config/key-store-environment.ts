import { z } from "zod";

/** What a service with keys reads from its environment; spread it into the service's own schema. */
export const keyStoreEnvironment = {
  /** Folder of the encrypted key files. */
  KEY_STORE_FOLDER: z.string().min(1),
  KEY_STORE_PASSPHRASE_FILE: z.string().min(1),
  /** JSON: the devices that keys are in. Without it every key is in the folder. */
  KEY_STORE_CONFIG_FILE: z.string().min(1).optional(),
};
