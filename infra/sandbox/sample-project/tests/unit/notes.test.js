import assert from 'node:assert/strict';
import test from 'node:test';
import { Notes } from '../../src/notes.js';

test('notes are listed newest first', () => {
  const notes = new Notes();
  notes.add({ title: 'first', text: '' });
  notes.add({ title: 'second', text: '' });
  assert.deepEqual(
    notes.list().map(({ title }) => title),
    ['second', 'first'],
  );
});

test('a removed note is gone and its id is not used again', () => {
  const notes = new Notes();
  const { id } = notes.add({ title: 'first', text: '' });
  assert.equal(notes.remove(id), true);
  assert.equal(notes.find(id), null);
  assert.notEqual(notes.add({ title: 'second', text: '' }).id, id);
});
