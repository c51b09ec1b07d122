/** Says why something failed: the message, and that of the innermost cause when it says more. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  let inner: Error = error;
  while (inner.cause instanceof Error) inner = inner.cause;
  // A gRPC error keeps what the server or the connection said apart from its code.
  const said = 'details' in inner && typeof inner.details === 'string' ? inner.details : '';
  const innermost = said === '' ? inner.message : said;
  return innermost === error.message ? innermost : `${error.message}: ${innermost}`;
}
