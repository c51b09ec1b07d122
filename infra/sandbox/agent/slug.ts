const MAX_LENGTH = 40;
const LEADING_VERBS = new Set(['add', 'create', 'implement', 'introduce', 'provide', 'show']);
const ARTICLES = new Set(['a', 'an', 'the']);

/** A title on one line: every run of white space, line separators and control characters is one blank. */
export function toOneLine(title: string): string {
  return title.replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/**
 * A name for routes and files, `[a-z0-9-]`: "Add a word count" is `word-count`. A title that is too
 * long ends in the task's id, a title without a single Latin letter or digit is the id.
 */
export function slugOfTitle(title: string, task: string): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .match(/[a-z0-9]+/g);
  const telling = (words ?? []).filter(
    (word, index) => !ARTICLES.has(word) && !(index === 0 && LEADING_VERBS.has(word)),
  );
  const slug = telling.join('-');
  const id = task.toLowerCase();
  if (slug === '') return id;
  if (slug.length <= MAX_LENGTH) return slug;
  return `${slug.slice(0, MAX_LENGTH).replace(/-[^-]*$/, '')}-${id}`;
}
