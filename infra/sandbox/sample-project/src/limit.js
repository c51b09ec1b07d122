import { HttpError } from './http.js';

const maxLimit = 100;

/** `?limit=` as a whole number from 1 to 100, 20 when it is left out; throws 400 for anything else. */
export function readLimit(query) {
  const given = query.get('limit') ?? '20';
  const limit = Number(given);
  if (!/^\d+$/.test(given) || limit < 1 || limit > maxLimit) {
    throw new HttpError(400, `limit is a whole number from 1 to ${maxLimit}`);
  }
  return limit;
}
