/** The row with NUL characters taken out of its texts: Postgres refuses them and agents' output may hold them. */
export function withoutNul<T extends Record<string, unknown>>(row: T): T {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      typeof value === 'string' ? value.replaceAll('\0', '') : value,
    ]),
  ) as T;
}
