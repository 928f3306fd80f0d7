import { crc32Of } from "./crc32.ts";
