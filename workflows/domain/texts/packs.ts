import { en } from './en.ts';
import type { Language, LanguagePack } from './language-pack.ts';
import { ru } from './ru.ts';

/** The texts of each language. */
export const PACKS: Readonly<Record<Language, LanguagePack>> = { en, ru };
