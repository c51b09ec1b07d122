import { HttpError } from './http.js';

const maxTitleLength = 200;

/** A new note from a request body; throws 400 with the reason. `text` may be left out. */
export function parseNote(body) {
  const { title, text = '' } = body ?? {};
  if (typeof title !== 'string' || title === '') throw new HttpError(400, 'a note needs a title');
  if (title.length > maxTitleLength) {
    throw new HttpError(400, `a title has at most ${maxTitleLength} characters`);
  }
  if (typeof text !== 'string') throw new HttpError(400, 'text is a string');
  return { title, text };
}
