/** The value, or `late` once the time is over; what was begun goes on. */
export async function withinLimit<Value>(
  promise: Promise<Value>,
  milliseconds: number,
): Promise<Value | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => {
      resolve("late");
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
