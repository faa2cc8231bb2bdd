import { defineConfig } from "vitest/config";
import { listWorkspaces } from "./tools/workspaces.mjs";
import { largeTests, project } from "./vitest.base.ts";

/** One test at a time: each takes most of the memory that `npm run test:large` asks for. */
export default defineConfig({
  test: {
    watch: false,
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    reporters: ["default", "./tools/count-reporter.mjs"],
    projects: listWorkspaces().map(({ dir, manifest }) => {
      const settings = project(manifest.name, dir, [largeTests]);
      return { ...settings, test: { ...settings.test, exclude: ["**/node_modules/**", "**/dist/**"] } };
    }),
  },
});
