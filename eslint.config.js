import neostandard from 'neostandard'
import tseslint from 'typescript-eslint'

// The folders that a tsconfig.json includes: elsewhere there is no type information to lint by.
const typed = ['src', 'test', 'bench', 'scripts', 'client', 'console'].map(folder => `${folder}/**/*.{ts,tsx}`)

export default [
  { ignores: ['**/dist/', '.tap/', 'node_modules/', '.parley/', 'openapi/', 'client/src/*-types.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...neostandard({ ts: true }),
  {
    files: typed,
    plugins: { '@typescript-eslint': tseslint.plugin },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname }
    },
    rules: {
      // `void promise` is how no-floating-promises is told that nobody waits.
      'no-void': ['error', { allowAsStatement: true }],
      '@typescript-eslint/no-floating-promises': ['error', {
        // Both are awaited by the library itself: tap queues subtests, Fastify boots its plugins in order.
        allowForKnownSafePromises: [
          { from: 'package', package: '@tapjs/core', name: 'PromiseWithSubtest' },
          { from: 'package', package: 'fastify', name: ['FastifyReply', 'SafePromiseLike'] }
        ]
      }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Wire and stored names are snake_case: a member may be taken out of its object under its own name, all else is camelCase.
      camelcase: 'off',
      '@typescript-eslint/naming-convention': ['error',
        { selector: 'variableLike', format: ['camelCase', 'PascalCase', 'UPPER_CASE'], leadingUnderscore: 'allow' },
        { selector: ['variable', 'parameter'], modifiers: ['destructured'], format: null }
      ],
      '@typescript-eslint/no-unused-vars': ['error', {
        args: 'none', caughtErrors: 'none', ignoreRestSiblings: true, vars: 'all', varsIgnorePattern: '^_$', destructuredArrayIgnorePattern: '^_'
      }],
      // A TypeBox schema and its type share one name; tsc itself refuses real doubles.
      '@typescript-eslint/no-redeclare': 'off',
      // A `default` branch says on purpose "and all the rest".
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }]
    }
  }
]
