import { fileURLToPath } from "node:url";
import { defaultServerConditions } from "vite";
import type { TestProjectInlineConfiguration } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests that take several GiB of memory: `npm run test:large` alone runs them. */
export const largeTests = "**/*.large.test.ts";

/** The condition under which packages resolve to one another's sources; it replaces Vite's own, so these are repeated. */
const conditions = ["@rowan/source", ...defaultServerConditions];

/**
 * The settings that all test projects share.
 * @param name the project's name, for `vitest --project`
 * @param dir its folder, relative to the root
 * @param include its test files, relative to the folder
 */
export function project(name: string, dir: string, include: readonly string[]): TestProjectInlineConfiguration {
  return {
    // Inline projects do not take `ssr` over from the root.
    ssr: { resolve: { conditions, externalConditions: conditions } },
    resolve: { conditions },
    test: {
      name,
      root: at(dir),
      include: [...include],
      exclude: ["**/node_modules/**", "**/dist/**", "**/*.browser.test.ts", largeTests],
      setupFiles: [at("tools/fail-on-console.mjs")],
      restoreMocks: true,
      unstubGlobals: true,
      // For what hangs: nothing is measured by it. Files run side by side on every core, and share these with browsers.
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  };
}
