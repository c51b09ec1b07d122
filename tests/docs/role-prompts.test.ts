import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ADR_FOLDER, parseArchitecture } from '../../workflows/domain/artifacts/adr.ts';
import type { Parsed } from '../../workflows/domain/artifacts/frontmatter.ts';
import {
  findMissingDocuments,
  PACKAGE_DOCUMENTS,
} from '../../workflows/domain/artifacts/package.ts';
import { QUESTIONS_DOCUMENT } from '../../workflows/domain/artifacts/questions.ts';
import { parseReview, REVIEW_DOCUMENT } from '../../workflows/domain/artifacts/review.ts';
import {
  parseStagingLog,
  STAGING_LOG_DOCUMENT,
} from '../../workflows/domain/artifacts/staging-log.ts';
import {
  parseTestReport,
  TEST_REPORT_DOCUMENT,
} from '../../workflows/domain/artifacts/test-report.ts';
import { documentsOf, toTaskId } from '../../workflows/domain/ids.ts';
import { ROLES } from '../../workflows/domain/stages.ts';
import type { Role } from '../../workflows/domain/stages.ts';
import { judgePath } from '../../workflows/domain/write-scope.ts';

const HOMES = ['.openclaw/agents', 'infra/sandbox/sample-project/.openclaw/agents'];
const ID = toTaskId('NOTE-7');

/** Files each role must name as its own work, inside the task's documents. */
const DUTIES: Readonly<Record<Role, readonly string[]>> = {
  analyst: [...PACKAGE_DOCUMENTS, QUESTIONS_DOCUMENT],
  architect: [`${ADR_FOLDER}/ADR-<ID>-001.md`, '08-data-requirements.md', '10-tech-risks.md'],
  developer: [],
  reviewer: [REVIEW_DOCUMENT],
  tester: [TEST_REPORT_DOCUMENT],
  deployer: [STAGING_LOG_DOCUMENT],
};

/** What our parser makes of a document with this frontmatter: the word that decides, null = no verdict. */
const VERDICTS: Readonly<Partial<Record<Role, (text: string) => string | null>>> = {
  analyst: (text) => {
    const package_ = Object.fromEntries(PACKAGE_DOCUMENTS.map((name) => [name, text]));
    return findMissingDocuments(package_, ID).length === 0 ? 'complete' : null;
  },
  architect: (text) =>
    wordOf(parseArchitecture(new Map([[`ADR-${ID}-001.md`, text]]), ID), ({ status }) => status),
  reviewer: (text) => wordOf(parseReview(text, ID), ({ verdict }) => verdict),
  tester: (text) => wordOf(parseTestReport(text, ID), ({ result }) => result),
  deployer: (text) => wordOf(parseStagingLog(text), (status) => status),
};

/** The words a prompt must offer, as our parsers read them. */
const WORDS: Readonly<Partial<Record<Role, readonly string[]>>> = {
  analyst: ['complete'],
  architect: ['READY', 'CONFLICT'],
  reviewer: ['APPROVED', 'REQUEST_CHANGES'],
  tester: ['PASS', 'FAIL'],
  deployer: ['PASS', 'FAIL'],
};

function wordOf<T>(parsed: Parsed<T>, pick: (value: T) => string): string | null {
  return parsed.kind === 'read' ? pick(parsed.value) : null;
}

interface Prompt {
  text: string;
  /** inline code */
  code: readonly string[];
  /** its blocks of frontmatter, as a document would begin with them */
  heads: readonly string[];
}

function readPrompt(path: string): Prompt {
  const text = readFileSync(path, 'utf8');
  const blocks = [...text.matchAll(/^ *```\n([\s\S]*?)^ *```$/gm)].map(([, body = '']) =>
    body.replace(/^ +/gm, ''),
  );
  return {
    text,
    code: [...text.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(
      ([, code = '']) => code,
    ),
    heads: blocks.filter((block) => block.startsWith('---')),
  };
}

/** Frontmatters the prompt allows: those it shows, and those with the words it offers instead (`key: OTHER`). */
function offeredHeads({ heads, code }: Prompt): string[] {
  const variants = code.flatMap((text) => {
    const [, key = '', word = ''] = /^(\w+): ([A-Z_]+)$/.exec(text) ?? [];
    return key === ''
      ? []
      : heads.map((head) => head.replace(RegExp(`^${key}: \\w+$`, 'm'), `${key}: ${word}`));
  });
  return [...heads, ...variants].map((head) => head.replaceAll('<ID>', ID));
}

describe.for(HOMES.flatMap((home) => ROLES.map((role) => [home, role] as const)))(
  '%s: the prompt of the %s',
  ([home, role]) => {
    const prompt = readPrompt(`${home}/${role}.md`);

    it('names every document the role must write, and each is in its write scope', () => {
      expect(DUTIES[role].filter((name) => !prompt.code.includes(name))).toEqual([]);
      const paths = DUTIES[role].map((name) => `${documentsOf(ID)}/${name.replace('<ID>', ID)}`);
      const refused = paths.filter((path) => judgePath(path, { role, id: ID }) !== 'allowed');
      expect(refused).toEqual([]);
    });

    it('shows frontmatter our parsers read, with every word they know', () => {
      const verdict = VERDICTS[role];
      const read = offeredHeads(prompt).map((head) => verdict?.(`${head}\nA word of judgement.\n`));
      expect([...new Set(read)].sort()).toEqual([...(WORDS[role] ?? [])].sort());
    });

    it('says what is quoted, what the role may write and that it makes no questions of its own', () => {
      expect(prompt.text).toMatch(/Write scope|^## Write scope$/m);
      expect(prompt.text).toContain('quoted with `>`');
      expect(prompt.code.includes(QUESTIONS_DOCUMENT)).toBe(role === 'analyst');
    });

    it('names as writable only what is kept', () => {
      const [, section = ''] = /Write scope\s*:?\s*([^]*?)(?:\n\n|$)/.exec(prompt.text) ?? [];
      const paths = [...section.matchAll(/`(docs\/[^`]+)`/g)].map(([, path = '']) => path);
      const refused = paths.filter((path) => {
        const file = path.endsWith('/') ? `${path}x.md` : path;
        return judgePath(file, { role, id: ID }) !== 'allowed';
      });
      expect(refused).toEqual([]);
    });

    it('names only protected paths as forbidden, and none of them as allowed', () => {
      const paths = prompt.code.filter((code) =>
        /^\.(ci|openclaw|github|gitea|claude)\//.test(code),
      );
      expect(paths.filter((path) => judgePath(`${path}x`, { role, id: ID }) === 'allowed')).toEqual(
        [],
      );
    });

    it('names no model, no effort and no CLI', () => {
      expect(prompt.text).not.toMatch(
        /\b(claude(?! ?\/)|codex|opus|sonnet|haiku|gpt|o\d|gemini|model:|effort)\b(?!\.md)/i,
      );
      expect(prompt.text.startsWith('---')).toBe(false);
    });
  },
);
