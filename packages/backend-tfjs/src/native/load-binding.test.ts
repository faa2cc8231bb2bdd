import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { BackendUnavailableError } from "@rowan/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hasNativeEngine } from "../testing/native-engine.ts";
import { loadBinding } from "./load-binding.ts";

const isBuilt = hasNativeEngine();
const built = process.env["ROWAN_TFJS_NODE"] ?? "";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rowan-load-binding-"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Its message, which must be that of an engine that is not available. */
function refusal(): string {
  try {
    loadBinding();
  } catch (error) {
    if (error instanceof BackendUnavailableError) return error.message;
    throw error;
  }
  return "it loaded";
}

test("a folder without the package is named, with the command that makes one", () => {
  vi.stubEnv("ROWAN_TFJS_NODE", folder);
  expect(refusal()).toContain(`not in ROWAN_TFJS_NODE=${folder} either`);
  expect(refusal()).toContain("npm exec --no rowan-tfjs-node");
});

test.each(["absolute", "relative"])(
  "a package that was not built is found by an %s ROWAN_TFJS_NODE, and the missing module named",
  (kind) => {
    const tfjsNode = join(folder, "node_modules", "@tensorflow", "tfjs-node");
    mkdirSync(tfjsNode, { recursive: true });
    writeFileSync(join(tfjsNode, "package.json"), "{}");
    vi.stubEnv("ROWAN_TFJS_NODE", kind === "relative" ? relative(process.cwd(), folder) : folder);
    expect(refusal()).toContain(`Cannot find module '${join(tfjsNode, "lib", "napi-v8", "tfjs_binding.node")}'`);
    expect(refusal()).toContain("npm exec --no rowan-tfjs-node");
  },
);

test("a module that is none is an engine that is not available", () => {
  const modules = join(folder, "node_modules", "@tensorflow", "tfjs-node", "lib", "napi-v8");
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(modules, "..", "..", "package.json"), "{}");
  writeFileSync(join(modules, "tfjs_binding.node"), "no module");
  vi.stubEnv("ROWAN_TFJS_NODE", folder);
  expect(refusal()).toMatch(/must load its native module\. Received: .*tfjs_binding\.node/);
});

test("a runtime that is not Node is told to take another engine", () => {
  vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  expect(refusal()).toContain('Choose the engine "wasm".');
});

test.runIf(isBuilt)("a relative ROWAN_TFJS_NODE loads TensorFlow", () => {
  vi.stubEnv("ROWAN_TFJS_NODE", relative(process.cwd(), built));
  expect(loadBinding().TF_Version).toMatch(/^\d+\.\d+/);
});
