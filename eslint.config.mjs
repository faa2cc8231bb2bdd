import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";
import { aimLines } from "./tools/eslint/aim-lines.mjs";
import { importArrows } from "./tools/eslint/import-arrows.mjs";

const workspaces = ["packages/**/*.ts", "apps/**/*.ts", "examples/**/*.ts"];
const published = ["packages/*/src/**/*.ts"];
const tests = ["**/*.test.ts", "**/*.test-d.ts", "**/*.test.mjs"];

/** A method whose meaning no other class or interface has described already. */
const ownMethod =
  "ClassDeclaration[implements.length=0] > ClassBody > MethodDefinition[override!=true][kind!=constructor][key.type!=PrivateIdentifier]";

export default defineConfig(
  { ignores: ["**/dist/", "**/node_modules/", ".nx/", "**/.venv/", "**/generated/", "**/*.generated.ts", "**/assembly/", "engines/"] },
  // A comment cannot switch a rule off: either the code is wrong or the rule is, and the latter is said here.
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    plugins: {
      rowan: {
        rules: {
          "import-arrows": importArrows,
          "aim-lines": aimLines,
        },
      },
    },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", { max: 600, skipBlankLines: true, skipComments: true }],
      "rowan/aim-lines": ["warn", 400],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-restricted-globals": [
        "error",
        { name: "isNaN", message: "Use Number.isNaN." },
        { name: "isFinite", message: "Use Number.isFinite." },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // Messages are full of numbers and flags, and their text is what one expects.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // With noUncheckedIndexedAccess, `data[i] as number` in a loop with checked bounds is the house form: it says the type, and `!` is overlooked.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      // isolatedDeclarations asks for the type on the left.
      "@typescript-eslint/consistent-generic-constructors": "off",
      // A tape and a scope make themselves the active one, `active = this`, and put the former one back.
      "@typescript-eslint/no-this-alias": "off",
      // A base class has hooks that do nothing, and getters that a subclass overrides.
      "@typescript-eslint/no-empty-function": ["error", { allow: ["methods", "overrideMethods"] }],
      "@typescript-eslint/class-literal-property-style": "off",
      // `() => handle.free()` is clear, also where the result is void.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // The contract's members are asynchronous also where one backend has nothing to wait for, and must reject rather than throw.
      "@typescript-eslint/require-await": "off",
      // `for (;;)` and `while (true)` are how a loop says that it ends inside.
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: "only-allowed-literals" }],
      // Index loops over several arrays at once are the rule in numeric code, also where one of them would do.
      "@typescript-eslint/prefer-for-of": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  { files: workspaces, rules: { "rowan/import-arrows": "error" } },
  {
    files: published,
    ignores: tests,
    plugins: { jsdoc },
    settings: { jsdoc: { mode: "typescript" } },
    rules: {
      "jsdoc/require-jsdoc": [
        "error",
        {
          publicOnly: true,
          checkConstructors: false,
          require: { FunctionDeclaration: true, ClassDeclaration: true, MethodDefinition: false },
          contexts: ["TSInterfaceDeclaration", "TSTypeAliasDeclaration", "ExportNamedDeclaration > VariableDeclaration", ownMethod],
        },
      ],
      // Every parameter has its line, and "The rule." is at times all there is to say; "Options of `Constant`." says enough too.
      "jsdoc/informative-docs": ["error", { excludedTags: ["param", "returns"], uselessWords: ["a", "an", "the"] }],
      "jsdoc/check-alignment": "error",
      "jsdoc/check-param-names": ["error", { checkDestructured: false }],
      "jsdoc/check-tag-names": "error",
      "jsdoc/no-types": "error",
      "jsdoc/require-throws-type": "off",
      "jsdoc/tag-lines": ["error", "any", { startLines: null }],
    },
  },
  {
    files: tests,
    rules: {
      // Golden numbers keep the digits of their source.
      "no-loss-of-precision": "off",
      // A test may hand over what a type forbids, to see the error.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
    },
  },
  // Configuration and tools are small programs for Node.
  {
    files: ["**/*.mjs"],
    languageOptions: {
      globals: {
        AbortSignal: "readonly",
        Blob: "readonly",
        Buffer: "readonly",
        WritableStream: "readonly",
        URL: "readonly",
        console: "readonly",
        process: "readonly",
      },
    },
    rules: {
      // The rules do not see the casts of JSDoc, tsc does.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
);
