import { builtinModules } from 'node:module';
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const sizes = (linesPerFunction) => ({
  complexity: ['error', { max: 10, variant: 'modified' }],
  'max-params': ['error', 3],
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': [
    'error',
    { max: linesPerFunction, skipBlankLines: true, skipComments: true },
  ],
});

const namedExportsOnly = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only.',
};
const environmentRead = {
  selector: 'MemberExpression[object.name="process"][property.name="env"]',
  message: 'Configuration is read once, in workers/, and passed in.',
};
const nodeBuiltins = [...new Set(builtinModules.flatMap((name) => [name, `node:${name}`]))];
const nodeGlobals = Object.getOwnPropertyNames(globalThis);

export default defineConfig(
  globalIgnores(['infra/sandbox/sample-project/', 'coverage/', '.data/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...sizes(60),
      eqeqeq: 'error',
      'object-shorthand': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-restricted-syntax': ['error', namedExportsOnly, environmentRead],
    },
  },
  {
    files: ['workers/**/*.ts', 'infra/**/*.ts', 'tests/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', namedExportsOnly] },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: nodeBuiltins }],
      'no-restricted-globals': ['error', 'fetch', 'process', 'Buffer'],
    },
  },
  {
    // A describe callback holds many cases.
    files: ['tests/**/*.test.ts'],
    rules: sizes(200),
  },
  {
    files: ['*.config.ts'],
    rules: { 'no-restricted-syntax': ['error', environmentRead] },
  },
  {
    files: ['infra/check.mjs', 'infra/setup/**/*.mjs', 'tests/world/**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(nodeGlobals.map((name) => [name, 'readonly'])),
    },
    rules: { ...sizes(60), 'no-restricted-syntax': ['error', namedExportsOnly] },
  },
  {
    files: ['.dependency-cruiser.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', exports: 'writable' },
    },
  },
  prettier,
);
