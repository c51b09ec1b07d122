import assert from 'node:assert/strict';
import test from 'node:test';
import { parseNote } from '../../src/note-input.js';

test('a note is its title and its text, and the text may be left out', () => {
  assert.deepEqual(parseNote({ title: 'Milk', text: 'two' }), { title: 'Milk', text: 'two' });
  assert.deepEqual(parseNote({ title: 'Milk' }), { title: 'Milk', text: '' });
});

for (const [what, body] of [
  ['no title', { text: 'two' }],
  ['an empty title', { title: '' }],
  ['a title of 201 characters', { title: 'x'.repeat(201) }],
  ['a title that is no string', { title: 7 }],
  ['a text that is no string', { title: 'Milk', text: 7 }],
  ['null', null],
]) {
  test(`a note with ${what} is refused`, () => {
    assert.throws(() => parseNote(body), { status: 400 });
  });
}
