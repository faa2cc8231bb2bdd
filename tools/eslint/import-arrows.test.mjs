import { join } from "node:path";
import { ESLint, Linter } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, test } from "vitest";
import { root } from "../run.mjs";
import { importArrows } from "./import-arrows.mjs";

/**
 * @param {string} file
 * @param {string} code
 */
function lint(file, code) {
  const parser = /** @type {Linter.Parser} */ (tseslint.parser);
  const linter = new Linter({ cwd: root });
  const config = { files: ["**/*.ts"], languageOptions: { parser }, plugins: { rowan: { rules: { arrows: importArrows } } } };
  const messages = linter.verify(code, [{ ...config, rules: { "rowan/arrows": "error" } }], { filename: join(root, file) });
  return messages.map((message) => message.message);
}

describe("import arrows", () => {
  test.each([
    ["packages/api/src/a.ts", `import { x } from "@rowan/backend-cpu";`, "no other workspace"],
    ["packages/api/src/a.ts", `import { x } from "lodash";`, "no package from outside"],
    ["packages/api/src/a.ts", `import { readFile } from "node:fs/promises";`, "runs in browsers"],
    ["packages/api/src/a.ts", `import { x } from "../../conformance/src/index.ts";`, "must stay inside packages/api"],
    ["packages/api/src/a.ts", `export * from "@rowan/runtime";`, "no other workspace"],
    ["packages/api/src/a.ts", `export type X = import("@rowan/runtime").X;`, "no other workspace"],
    ["packages/api/src/a.test.ts", `import { x } from "@rowan/backend-cpu";`, "no other workspace"],
    ["packages/backend-cpu/src/a.ts", `const x = await import("@rowan/backend-tfjs");`, "only @rowan/api"],
    ["packages/backend-cpu/src/a.ts", `import "@tensorflow/tfjs-core";`, "no package from outside"],
    ["packages/backend-cpu/src/a.ts", `import { describeBackend } from "@rowan/conformance";`, "only @rowan/api"],
    ["packages/conformance/src/a.ts", `import { x } from "@rowan/backend-cpu";`, "only @rowan/api"],
    ["packages/serialize/src/a.ts", `import { x } from "@rowan/backend-cpu";`, "only @rowan/api"],
    ["packages/serialize/src/a.ts", `import { Piscina } from "piscina";`, "only protobufjs"],
    ["packages/runtime/src/a.ts", `import protobuf from "protobufjs/minimal.js";`, "only piscina"],
    ["apps/bench/src/a.ts", `import { Piscina } from "piscina";`, "inside the package that wraps it"],
    ["packages/unheard-of/src/a.ts", `import { x } from "@rowan/api";`, "tools/arrows.mjs"],
  ])("%s must not say %s", (file, code, reason) => {
    expect(lint(file, code)).toEqual([expect.stringContaining(reason)]);
  });

  test.each([
    ["packages/api/src/ops/a.ts", `import { x } from "../tensor/shape.ts";`],
    ["packages/api/src/a.test.ts", `import { test } from "vitest";`],
    ["packages/backend-cpu/src/a.ts", `import type { Backend } from "@rowan/api";`],
    ["packages/backend-cpu/src/conformance.test.ts", `import { describeBackend } from "@rowan/conformance";`],
    ["packages/backend-tfjs/src/a.ts", `const core = await import("@tensorflow/tfjs-core");`],
    ["packages/runtime/src/a.ts", `import { createCpuBackend } from "@rowan/backend-cpu"; import { Piscina } from "piscina";`],
    ["packages/serialize/src/a.ts", `import protobuf from "protobufjs/minimal.js"; import { open } from "node:fs/promises";`],
    ["examples/quick-start/main.ts", `import { x } from "@rowan/runtime"; import { y } from "@rowan/api";`],
  ])("%s may say %s", (file, code) => {
    expect(lint(file, code)).toEqual([]);
  });

  test.each(["packages/api/src/index.ts", "apps/bench/src/rowan.ts", "examples/quick-start/main.ts"])(
    "is an error for %s",
    async (file) => {
      const config = /** @type {Linter.Config} */ (await new ESLint({ cwd: root }).calculateConfigForFile(join(root, file)));
      expect(config.rules?.["rowan/import-arrows"]).toEqual([2]);
    },
  );
});
