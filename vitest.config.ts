import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { listWorkspaces } from "./tools/workspaces.mjs";
import { project } from "./vitest.base.ts";
import { chromiumProject } from "./vitest.chromium.ts";

export default defineConfig({
  test: {
    watch: false,
    // One process a core: a test file may start threads and grow memories of its own, and ends with its process.
    pool: "forks",
    // Vitest itself would leave a core free: of two, half of the machine.
    maxWorkers: availableParallelism(),
    passWithNoTests: true,
    reporters: ["default", "./tools/count-reporter.mjs"],
    projects: [
      ...listWorkspaces().map(({ dir, manifest }) => project(manifest.name, dir, ["**/*.test.ts"])),
      project("tools", "tools", ["**/*.test.mjs"]),
      ...chromiumProject("webgpu in Chromium", "packages/backend-webgpu", {
        shared: ["hosted-tables", "whole-tables", "device-full", "lost-device", "overlap"].map((name) => `**/${name}.test.ts`),
      }),
      ...chromiumProject("checkpoints in Chromium", "packages/serialize"),
      ...chromiumProject("pool in Chromium", "packages/runtime"),
      ...chromiumProject("pool in Chromium, isolated", "packages/runtime", { isolated: true }),
    ],
  },
});
