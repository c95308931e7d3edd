/** Waiting for the real peers. */

/** Looks again and again until the condition holds; rejects when that takes too long, and with whatever `condition` rejects with. */
export async function until(
  what: string,
  timeoutMs: number,
  condition: () => Promise<boolean>,
  everyMs = 2_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return;
    if (performance.now() > end) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
