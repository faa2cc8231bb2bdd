import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

/** The page in Chromium: a step of `npm run check`, apart from the unit tests. */
export default defineConfig({
  root: import.meta.dirname,
  ssr: { resolve: { conditions: ["@rowan/source", ...defaultServerConditions] } },
  test: { include: ["browser/*.browser.test.ts"], testTimeout: 60_000, hookTimeout: 120_000, watch: false, fileParallelism: false },
});
