// Unit tests. Jest runs ES modules through Node's own loader (--experimental-vm-modules in package.json); swc only strips types.
// Types are checked by `npm run typecheck`, never here.
export default {
  displayName: "unit",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: ["<rootDir>/test/e2e/"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "es6" } },
    ],
  },
  modulePathIgnorePatterns: ["<rootDir>/.kfaas/"],
  setupFiles: ["<rootDir>/test/support/fixed-seed.ts"],
  testEnvironment: "node",
};
