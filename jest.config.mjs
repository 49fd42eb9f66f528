// Tests run the source as CommonJS (swc): Node 20 cannot `require` Nest's ES modules, and jest's own ESM mode leaks memory.
const swc = (parser) => [
  '@swc/jest',
  {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2022',
      parser,
      keepClassNames: true,
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  },
];
const common = {
  testEnvironment: '<rootDir>/test/coverage/environment.mjs',
  moduleFileExtensions: ['ts', 'js', 'json'],
  restoreMocks: true,
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': swc({ syntax: 'typescript', decorators: true }),
    '^.+\\.js$': swc({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: [
    '/node_modules/(?!@nestjs/|proxy-chain/|socks-proxy-agent/|agent-base/|@opentelemetry/otlp-exporter-base/)',
  ],
};
export default {
  maxWorkers: 2,
  // Generous: a busy machine must not turn a test red that only waits for something to happen.
  testTimeout: 180_000,
  coverageProvider: 'v8',
  // The whole source; test/coverage/run.mjs adds what runs in processes of its own, and wants 90 % of the lines.
  collectCoverageFrom: ['src/**/*.ts', '!src/main.ts', '!src/**/*.spec.ts'],
  projects: [
    { ...common, displayName: 'unit', roots: ['<rootDir>/src'], testRegex: '\\.spec\\.ts$' },
    { ...common, displayName: 'e2e', roots: ['<rootDir>/test'], testRegex: '(\\.e2e-spec|\\.spec)\\.ts$' },
  ],
};
