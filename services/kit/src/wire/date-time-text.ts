import { z } from "zod";

/** A time as we write it: RFC 3339 with offset. */
export const dateTimeText = z.iso.datetime({ offset: true });
