import config from './playwright.config';

// Measures instead of testing; one thing at a time. `npm run bench` writes bench/MAP.md.
export default { ...config, testDir: 'bench', testMatch: /.*\.bench\.ts/, globalSetup: './e2e/setup.ts', workers: 1, fullyParallel: false, timeout: 300_000 };
