import tseslint from "typescript-eslint";

const pulumi = {
  group: ["@pulumi/*"],
  message: "The core and config are pure: Pulumi stays in index.ts and components/.",
};
const layers = (...names) => names.map((name) => `**/${name}/**`);

export default tseslint.config(
  { ignores: ["node_modules/", ".kfaas/", "coverage/", "sdks/*/types/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      complexity: ["error", 12],
      "max-depth": ["error", 4],
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Jest's and Pulumi's callbacks are often async by signature only.
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    files: ["core/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            pulumi,
            {
              group: ["node:*", "fs", "path", "child_process"],
              message: "The core touches no file, process or network.",
            },
            {
              group: layers("config", "components", "cli", "cluster", "local", "tools"),
              message: "Arrows point to the core, never out of it.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["config/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            pulumi,
            {
              group: layers("components", "cli", "cluster", "local", "tools"),
              message: "Config knows only the core.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Specifications read better in one piece than in many files.
      "max-lines": "off",
    },
  },
);
