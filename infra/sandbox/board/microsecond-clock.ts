let lastMicros = 0;

/** Now as the board writes it, `2026-11-21T09:24:37.978961Z`; every call is later than the one before. */
export function timestampNow(): string {
  const micros = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  lastMicros = Math.max(micros, lastMicros + 1);
  const seconds = new Date(Math.floor(lastMicros / 1000)).toISOString().slice(0, 19);
  return `${seconds}.${String(lastMicros % 1_000_000).padStart(6, '0')}Z`;
}
