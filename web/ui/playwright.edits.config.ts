import config from './playwright.config';

// What TestEdits of bench runs: it has the server and makes the edits.
const { globalSetup, ...rest } = config;
void globalSetup;
export default { ...rest, testDir: 'bench', testMatch: /.*\.measure\.ts/, workers: 1, fullyParallel: false, timeout: 300_000 };
