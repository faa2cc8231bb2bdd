import { playwright } from "@vitest/browser-playwright";
import { defaultClientConditions } from "vite";
import type { Plugin } from "vite";
import type { TestProjectInlineConfiguration } from "vitest/config";
import { findChromium } from "./tools/pack-test/chromium.mjs";

/** WebGPU by SwiftShader, a GPU in software that Chromium brings, and nothing that a test does not need. */
const flags = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
];

/** Vite serves JSON as a module of its own making, which a browser refuses where the import says that it is JSON. */
const withoutAttributes: Plugin = {
  name: "without import attributes",
  enforce: "pre",
  transform: (code, id) => (id.includes("load-fixture") ? code.replaceAll(', { with: { type: "json" } }', "") : null),
};

/** A page with these is cross-origin isolated: only then have its threads memory in common. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * The tests that need a browser, in Chromium.
 * @param name the project's name
 * @param dir its folder, relative to the root
 * @param options `isolated`: whether pages are cross-origin isolated; `shared`: test files that run in Node, too
 * @returns the project, or none where no Chromium is installed; in CI that is an error
 */
export function chromiumProject(
  name: string,
  dir: string,
  { isolated = false, shared = [] as readonly string[] } = {},
): TestProjectInlineConfiguration[] {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    if (process.env["CI"]) throw new Error("Tests in a browser need Chromium: apt-get install chromium");
    return [];
  }
  return [
    {
      plugins: [withoutAttributes],
      ...(isolated && { server: { headers: isolation } }),
      resolve: { conditions: ["@rowan/source", ...defaultClientConditions] },
      optimizeDeps: { include: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-webgpu"] },
      test: {
        name,
        root: new URL(dir, import.meta.url).pathname,
        include: ["**/*.browser.test.ts", ...shared],
        exclude: ["**/node_modules/**", "**/dist/**"],
        env: { ROWAN_ISOLATED_PAGE: isolated ? "yes" : "no" },
        testTimeout: 120_000,
        hookTimeout: 60_000,
        browser: {
          enabled: true,
          headless: true,
          screenshotFailures: false,
          provider: playwright({ launchOptions: { executablePath, args: flags } }),
          instances: [{ browser: "chromium" }],
        },
      },
    },
  ];
}
