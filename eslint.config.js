// Type-checked lint, and the house's layers as a rule: imports go one way (docs/adr/0001-layers.md).
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';

/** Folders of src from the lowest to the highest; those in one list do not import each other. */
const layers = [
  ['base'],
  ['api'],
  ['domain'],
  ['openstack', 'ssh', 'condor', 'cloudinit', 'cloud', 'kube', 'snapshot'],
  ['controllers'],
  ['server', 'sandbox'],
];
const zones = layers.flatMap((layer, i) =>
  layer.map((folder) => ({
    target: `./src/${folder}`,
    from: [
      ...layers.slice(i + 1).flat(),
      ...layer.filter((other) => other !== folder && !(folder === 'cloud' && other === 'openstack')),
    ].map((other) => `./src/${other}`),
    message: `src/${folder} must not import from there: see docs/adr/0001-layers.md`,
  })),
);
/** Nothing below the top of src knows the program that is made of it. */
zones.push({
  target: layers.flat().map((folder) => `./src/${folder}`),
  from: ['./src/cli.ts', './src/cli', './src/main.ts'],
  message: 'only the top may import the top: see docs/adr/0001-layers.md',
});

export default tseslint.config(
  { ignores: ['dist', 'coverage', '.tools', 'src/api/generated', 'test/e2e/rigs', 'test/fixtures', 'node_modules'] },
  // a rule that can be switched off in a comment is a wish
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [importX.createNodeResolver({ extensions: ['.ts', '.js'] })],
      'import-x/extensions': ['.ts', '.js'],
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'prettier-ignore'], location: 'start' }],
      // the house says rarely more than 250; this is where it ends
      'max-lines': ['error', { max: 350 }],
      'import-x/no-default-export': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
    },
  },
  {
    files: ['src/domain/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'time is a parameter in the domain' },
        { object: 'Math', property: 'random', message: 'randomness is a parameter in the domain' },
      ],
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'the domain does no I/O' }] }],
    },
  },
  {
    files: ['test/**', 'scripts/**'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-console': 'off',
    },
  },
  {
    files: ['src/cli.ts', 'src/cli/**', 'src/sandbox/demo/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['eslint.config.js'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'import-x/no-default-export': 'off' },
  },
);
