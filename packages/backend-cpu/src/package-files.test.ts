import { expect, test, vi } from "vitest";
import { createCpuBackend } from "./index.ts";
import { findPackageFile, readPackageFile } from "./package-files.ts";
import { moduleBase64 } from "./wasm/module.generated.ts";

/** What a test sees of `node:fs`. */
interface Files {
  readonly existsSync: (path: string) => boolean;
  readonly readFileSync: (path: string, encoding?: "utf8") => string | Uint8Array;
}

/** Puts other functions in the place of those of `node:fs`. */
function stubFiles(change: (real: Files) => Partial<Files>): void {
  const getModule = process.getBuiltinModule.bind(process);
  const real = getModule("node:fs") as unknown as Files;
  const changed = { ...real, ...change(real) };
  vi.spyOn(process, "getBuiltinModule").mockImplementation((name: string) =>
    name === "node:fs" ? changed : getModule(name as "node:url"),
  );
}

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

test.each(["existsSync", "readFileSync"] as const)("a file that %s may not touch is none", (name) => {
  stubFiles((real) => ({
    [name]: (path: string, encoding?: "utf8"): unknown => {
      if (path.endsWith(".wasm")) throw Object.assign(new Error("Access to this API has been restricted"), { code: "ERR_ACCESS_DENIED" });
      return real[name](path, encoding);
    },
  }));
  expect(readPackageFile("prebuilds/kernels.wasm")).toBeUndefined();
});

test.each([
  ["is cut off", (bytes: Uint8Array) => bytes.subarray(0, 1000)],
  ["is empty", () => new Uint8Array(0)],
  [
    "cannot be read",
    () => {
      throw new Error("EISDIR: illegal operation on a directory, read");
    },
  ],
])("the kernels start from their text where the file of the kernels %s", async (_name, change) => {
  stubFiles(({ readFileSync }) => ({
    readFileSync: (path, encoding) => (path.endsWith(".wasm") ? change(readFileSync(path) as Uint8Array) : readFileSync(path, encoding)),
  }));
  expect((await createCpuBackend({ kernels: "wasm" })).device).toBe("WASM SIMD, shared memory");
});
