import { expect, test } from "vitest";
import { findChromium } from "./pack-test/chromium.mjs";

const chromium = findChromium();
const isMissing = chromium === undefined && !process.env["CI"];

// Where there is none, `vitest.chromium.ts` has no project: this says so by name.
test.skipIf(isMissing)(`the WebGPU backend is tested in Chromium${isMissing ? " (apt-get install chromium)" : ""}`, () =>
  expect(chromium).toBeDefined(),
);
