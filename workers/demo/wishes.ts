import type { Wish } from './person.ts';

/** The three items the demo plays: a feature, a bug, and one whose reviewer asks for changes once. */
export const DEMO_WISHES: readonly Wish[] = [
  {
    title: 'Add a list of recent notes',
    description: 'People want to see the newest notes first, at an address of their own.',
    labels: [],
  },
  {
    title: 'A title of only blanks is accepted',
    description: 'A note whose title has only blanks must be refused with a clear message.',
    labels: ['Bug'],
  },
  {
    title: 'Add a word count of all notes',
    description: 'How many words have we written?</p><p>Scenario: rejects-once',
    labels: [],
  },
];
