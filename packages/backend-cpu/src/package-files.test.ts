import { afterEach, expect, test, vi } from "vitest";
import { findPackageFile, readPackageFile } from "./package-files.ts";
import { moduleBase64 } from "./wasm/module.generated.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("the kernels' module is the same as bytes and as text", () => {
  expect(Buffer.from(readPackageFile("prebuilds/kernels.wasm") ?? []).equals(Buffer.from(moduleBase64.join(""), "base64"))).toBe(true);
});

test("a file that is not there is none", () => {
  expect(findPackageFile("prebuilds/kernels.wat")).toBeUndefined();
  expect(readPackageFile("prebuilds/kernels.wat")).toBeUndefined();
});

test("a runtime that is not Node has no files", () => {
  vi.stubGlobal("Deno", {});
  expect(readPackageFile("prebuilds/kernels.wasm")).toBeUndefined();
});
