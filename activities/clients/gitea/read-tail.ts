/** A page longer than this is not a log anybody reads. */
const MAX_PAGE_BYTES = 20_000_000;

/** The last `maxBytes` of a text page, cut at a line; null when it is not text, too long or cannot be read. Never throws. */
export async function readTail(
  url: string,
  limits: { maxBytes: number; timeoutMs: number },
): Promise<string | null> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'text/plain' },
      redirect: 'manual',
      signal: AbortSignal.timeout(limits.timeoutMs),
    });
    const isText = (response.headers.get('content-type') ?? '').startsWith('text/plain');
    if (!response.ok || !isText || response.body === null) {
      await response.body?.cancel();
      return null;
    }
    return await tailOf(response.body, limits.maxBytes);
  } catch {
    return null;
  }
}

async function tailOf(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string | null> {
  let tail = Buffer.alloc(0);
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total > MAX_PAGE_BYTES) return null;
    tail = Buffer.concat([tail, chunk]).subarray(-maxBytes);
  }
  const text = tail.toString('utf8');
  return total > maxBytes ? text.slice(text.indexOf('\n') + 1) : text;
}
