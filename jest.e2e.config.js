import unit from "./jest.config.js";

/** End-to-end tests: the real engine on the embedded mesh. One after the other, because two cores carry one mesh well. */
export default {
  ...unit,
  displayName: "e2e",
  testMatch: ["<rootDir>/test/e2e/**/*.test.ts"],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  setupFilesAfterEnv: ["<rootDir>/test/support/retry-once.ts"],
  // Of tests that name no limit of their own.
  testTimeout: 60_000,
};
