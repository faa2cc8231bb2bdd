import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const command = fileURLToPath(new URL("../../bin/rowan-tfjs-node.mjs", import.meta.url));
const wheel = "tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl";

/** A project, and a folder of programs that is the whole PATH. */
let project: string;
let programs: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "rowan-tfjs-node-test-"));
  programs = join(project, "programs");
  mkdirSync(programs);
});

afterEach(() => rmSync(project, { recursive: true }));

/** As `npm install --ignore-scripts @tensorflow/tfjs-node` leaves it, without what no refusal looks at. */
function installPackage(): string {
  const folder = join(project, "node_modules", "@tensorflow", "tfjs-node");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "@tensorflow/tfjs-node", version: "4.22.0" }));
  return folder;
}

/** A program that knows its version and does what the script says. */
function installProgram(name: string, script = "exit 0"): void {
  const file = join(programs, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

interface Ending {
  readonly status: number | null;
  readonly said: string;
  readonly refused: string;
}

/** Runs the command in the project; `process` is what Node shall believe of itself. */
function run(args: readonly string[] = [], process_: Readonly<Record<string, string>> = {}): Ending {
  const believed = { platform: "linux", arch: "x64", ...process_ };
  const lies = Object.entries(believed).map(
    ([name, value]) => `Object.defineProperty(process,"${name}",{value:${JSON.stringify(value)}});`,
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(lies.join(""))}`, command, ...args],
    { cwd: project, encoding: "utf8", env: { PATH: programs } },
  );
  return { status, said: stdout, refused: stderr };
}

const isWindows = process.platform === "win32";

test.each([
  { platform: "darwin", arch: "arm64" },
  { platform: "win32", arch: "x64" },
  { platform: "linux", arch: "arm64" },
])("refuses $platform on $arch, for which there is no wheel, and says what else there is", ({ platform, arch }) => {
  installPackage();
  const { status, refused } = run([], { platform, arch });
  expect(status).toBe(1);
  expect(refused).toContain(`Received: ${platform} on ${arch}.`);
  expect(refused).toContain('the engine "wasm"');
});

test("refuses a project without the package, and names the command that installs it", () => {
  const { status, refused } = run();
  expect(status).toBe(1);
  expect(refused).toContain(`Received: none, seen from ${project}.`);
  expect(refused).toContain("npm install --ignore-scripts @tensorflow/tfjs-node");
});

test("refuses a machine without Python", () => {
  installPackage();
  installProgram("c++");
  const { status, refused } = run();
  expect(status).toBe(1);
  expect(refused).toMatch(/^rowan-tfjs-node: Python 3 must be there: .*Received: none\..*apt-get install python3-pip.*PYTHON\.$/m);
});

test.skipIf(isWindows)("refuses a machine without a C++ compiler", () => {
  installPackage();
  installProgram("python3");
  const { status, refused } = run();
  expect(status).toBe(1);
  expect(refused).toMatch(/^rowan-tfjs-node: A C\+\+ compiler must be there\. Received: none\..*apt-get install g\+\+.*CXX\.$/m);
});

test.skipIf(isWindows)("refuses where nobody has Node's headers", () => {
  installPackage();
  installProgram("python3");
  installProgram("g++");
  const { status, refused } = run([], { execPath: join(project, "no", "bin", "node") });
  expect(status).toBe(1);
  expect(refused).toContain("npm install --save-dev node-api-headers");
});

test.skipIf(isWindows)("refuses a wheel that is not there, one that is another, and where PyPI does not answer", () => {
  const folder = installPackage();
  installProgram("python3", 'case "$*" in *pip*) echo "Looking"; echo "ERROR: No matching distribution found" >&2; exit 1;; esac');
  installProgram("g++");
  mkdirSync(join(project, "node_modules", "node-api-headers", "include"), { recursive: true });
  writeFileSync(join(project, "node_modules", "node-api-headers", "include", "node_api.h"), "");

  const missing = run(["--wheel", "nowhere.whl"]);
  expect(missing.status).toBe(1);
  expect(missing.refused).toContain(`Received: ${join(project, "nowhere.whl")}, which does not exist. It is ${wheel} of PyPI.`);

  writeFileSync(join(project, "other.whl"), "PK");
  const other = run(["--wheel", "other.whl"]);
  expect(other.status).toBe(1);
  expect(other.refused).toMatch(new RegExp(`must be ${wheel} with SHA-256 [0-9a-f]{64}\\. Received: .*other\\.whl with [0-9a-f]{64}\\.`));

  const offline = run();
  expect(offline.status).toBe(1);
  expect(offline.said).toContain(`downloading ${wheel}`);
  expect(offline.refused).toContain("Received: ERROR: No matching distribution found.");
  expect(offline.refused).toContain(`bring ${wheel} and pass --wheel FILE`);

  // Nothing of a refused build lies in the package.
  expect(() => rmSync(join(folder, "deps"), { recursive: true })).toThrow("ENOENT");
});

test("a module that is there and does not load is named, with the remedy", () => {
  const folder = join(installPackage(), "lib", "napi-v8");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tfjs_binding.node"), "no module");
  const { status, refused } = run();
  expect(status).toBe(1);
  expect(refused).toMatch(/The native module must load\. Received: .*(tfjs_binding|ELF).*\. Run again with --force\./);
});

test("options that do not exist are a usage error, and --help tells those that do", () => {
  const { status, refused } = run(["--whel", "x"]);
  expect(status).toBe(2);
  expect(refused).toContain("--whel");
  expect(run(["--help"])).toMatchObject({ status: 0, refused: "", said: expect.stringContaining("--wheel FILE") as string });
});
