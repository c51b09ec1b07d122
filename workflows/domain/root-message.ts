/** The innermost message of a chain of causes, one line, at most 300 characters. */
export function rootMessage(error: Error): string {
  let current = error;
  while (current.cause instanceof Error) current = current.cause;
  return current.message.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
