import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { makeFolder, writeNpy } from "../testing.ts";

/** The built program, in processes of its own: engines are loaded once in a process, and drivers are looked for once. */
const program = fileURLToPath(new URL("../../dist/rowan.js", import.meta.url));

/** SwiftShader, as Debian's chromium brings it, and Dawn: both are there in CI. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";
const dawn = fileURLToPath(new URL("../../../../engines/webgpu/node_modules/webgpu/index.js", import.meta.url));
const hasGpu = existsSync(driver) && existsSync(dawn);

if (!hasGpu && process.env["CI"]) throw new Error("CI must have Dawn (npm run setup:engines -- webgpu) and SwiftShader (chromium).");

let folder = "";
const at = (name: string): string => join(folder, name);
const [rows, dim] = [500, 19];

beforeAll(() => {
  folder = makeFolder();
  mkdirSync(at("nowhere"));
  writeNpy(
    at("t.npy"),
    "<f4",
    [rows, dim],
    Float32Array.from({ length: rows * dim }, (_, i) => Math.sin(i) * 3),
  );
  writeNpy(
    at("ids.npy"),
    "<i4",
    [30, 7],
    Int32Array.from({ length: 210 }, (_, i) => (i * i * 31) % rows),
  );
  writeFileSync(at("bags.jsonl"), "[1,2,3]\n[]\n[499]\n[7,7,0,12]\n");
});

/** @param environment - What the program finds beside what this process has. */
function rowan(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): { status: number | null; out: string; err: string } {
  const env = { ...process.env, ROWAN_CACHE: "off", ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder, env, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

const lookups: readonly (readonly string[])[] = [
  ["--ids", "ids.npy", "--out", "r.npy"],
  ["--ids", "ids.npy", "--mode", "mean", "--batch", "8", "--out", "m.npy"],
  ["--ids", "bags.jsonl", "--mode", "sum", "--out", "s.npy"],
  ["--ids", "bags.jsonl", "--mode", "max", "--out", "x.npy"],
];

/** Everything behind the header of a `.npy` file. */
function valuesOf(name: string): Float32Array {
  const bytes = readFileSync(at(name));
  const start = 10 + bytes.readUInt16LE(8);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
}

const environments = [
  // An empty folder in the place of native TensorFlow: the engine is WASM, which is a plain package.
  { backend: "tfjs", there: true, env: (): Record<string, string> => ({ ROWAN_TFJS_NODE: at("nowhere") }) },
  { backend: "webgpu", there: hasGpu, env: (): Record<string, string> => ({ VK_ICD_FILENAMES: driver }) },
] as const;

describe.for(environments)("--backend $backend", ({ backend, there, env }) => {
  test.skipIf(!there)("looks rows and bags up as cpu does", { timeout: 120_000 }, () => {
    for (const args of lookups) {
      const out = args.at(-1) as string;
      expect(rowan({}, "lookup", "--table", "t.npy", ...args, "--quiet")).toEqual({ status: 0, out: "", err: "" });
      const expected = valuesOf(out);
      expect(expected.length).toBeGreaterThan(0);
      const run = rowan(env(), "lookup", "--table", "t.npy", ...args, "--backend", backend, "--json");
      expect({ status: run.status, err: run.err }).toEqual({ status: 0, err: "" });
      expect(JSON.parse(run.out)).toMatchObject({ backend, dim });
      const received = valuesOf(out);
      // Rows are copied, sums may be added in another order.
      if (!args.includes("--mode")) expect(received).toEqual(expected);
      else expect(Math.max(...received.map((value, i) => Math.abs(value - (expected[i] as number))))).toBeLessThan(1e-5);
    }
  });

  test.skipIf(!there)("ids out of range are the same error, and threads are refused", { timeout: 120_000 }, () => {
    writeFileSync(at("bad.txt"), "1\n500\n2\n-1\n");
    const args = ["lookup", "--table", "t.npy", "--ids", "bad.txt", "--out", "b.npy"];
    const expected = rowan({}, ...args);
    expect(expected).toMatchObject({
      status: 4,
      err: expect.stringContaining("Received: 500 in line 2, column 1 (too large); 2 of 4 ids") as string,
    });
    expect(rowan(env(), ...args, "--backend", backend)).toEqual(expected);
    expect(rowan(env(), ...args, "--backend", backend, "--threads", "2")).toMatchObject({
      status: 2,
      err: expect.stringContaining("--threads 2 needs --backend cpu") as string,
    });
    expect(readdirSync(folder)).not.toContain("b.npy");
  });
});

test("where there is no GPU, --backend webgpu says why and what to do, and writes nothing", { timeout: 60_000 }, () => {
  const nowhere = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
  const { status, out, err } = rowan(nowhere, "lookup", "--table", "t.npy", "--ids", "ids.npy", "--out", "g.npy", "--backend", "webgpu");
  expect({ status, out }).toEqual({ status: 1, out: "" });
  // The system's own loader of drivers complains before that, into the same stream.
  expect(err).toMatch(/^rowan: [^\n]*(WebGPU found no adapter|This runtime has no WebGPU)[^\n]+\n$(?![^])/m);
  expect(readdirSync(folder)).not.toContain("g.npy");
});

test("--backend auto takes one of them, and gives the same rows", { timeout: 60_000 }, () => {
  const args = ["lookup", "--table", "t.npy", "--ids", "ids.npy", "--out"];
  expect(rowan({}, ...args, "c.npy", "--quiet").status).toBe(0);
  const run = rowan({}, ...args, "a.npy", "--backend", "auto", "--json");
  expect(run.status).toBe(0);
  expect(["cpu", "plain", "tfjs", "webgpu"]).toContain((JSON.parse(run.out) as { backend: string }).backend);
  expect(readFileSync(at("a.npy"))).toEqual(readFileSync(at("c.npy")));
});
