import { HttpError, readJson } from '../http.js';
import { readLimit } from '../limit.js';
import { parseNote } from '../note-input.js';

function noteOrRefusal(notes, id) {
  const note = notes.find(id);
  if (note === null) throw new HttpError(404, `there is no note ${id}`);
  return note;
}

export const routes = [
  {
    method: 'GET',
    path: '/notes',
    handle: ({ notes, query }) => ({
      status: 200,
      body: { notes: notes.list().slice(0, readLimit(query)), total: notes.list().length },
    }),
  },
  {
    method: 'POST',
    path: '/notes',
    handle: async ({ notes, request }) => ({
      status: 201,
      body: notes.add(parseNote(await readJson(request))),
    }),
  },
  {
    method: 'GET',
    path: '/notes/:id',
    handle: ({ notes, params }) => ({ status: 200, body: noteOrRefusal(notes, params.id) }),
  },
  {
    method: 'DELETE',
    path: '/notes/:id',
    handle({ notes, params }) {
      noteOrRefusal(notes, params.id);
      notes.remove(params.id);
      return { status: 204 };
    },
  },
];
