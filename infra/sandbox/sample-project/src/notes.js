/** Notes in memory, newest first when listed. */
export class Notes {
  #notes = new Map();
  #lastId = 0;

  add({ title, text }) {
    const note = { id: String(++this.#lastId), title, text };
    this.#notes.set(note.id, note);
    return note;
  }

  list() {
    return [...this.#notes.values()].reverse();
  }

  find(id) {
    return this.#notes.get(id) ?? null;
  }

  remove(id) {
    return this.#notes.delete(id);
  }
}
