/**
 * Compiles the native kernels of the CPU backend and writes the addon that is committed and published.
 *   node tools/build-native.mjs           compile and write
 *   node tools/build-native.mjs --check   exit 1 when a committed addon is not what the sources give
 * The compiler, Zig's C compiler, is heavy and needed by nobody else; it gives the same bytes on every machine. It comes by Python's package
 * manager, into a folder of its own: npm run setup:engines -- native
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./run.mjs";

const sources = join(root, "packages/backend-cpu/native");
const target = join(root, "packages/backend-cpu/prebuilds");
const engine = join(root, "engines/native");
const headers = join(engine, "node_modules/node-api-headers/include");
const python = join(engine, ".venv/bin/python");

/** For each system what the compiler calls it, and the vectors that kernels may use, by their bytes; the addon looks whether they are there. */
const systems = [
  {
    name: "linux-x64",
    triple: "x86_64-linux-gnu.2.17",
    vectors: { 32: ["-mavx2"], 64: ["-mcpu=x86_64+avx2+avx512f+avx512dq+avx512cd+avx512bw+avx512vl+evex512", "-mprefer-vector-width=512"] },
  },
];

const always = [
  ...["-O3", "-fPIC", "-fvisibility=hidden", "-fno-sanitize=all", "-fno-stack-protector", "-fno-math-errno", "-Wall", "-Wextra", "-Werror"],
  // Each operation is rounded by itself, as in WebAssembly.
  "-ffp-contract=off",
];
/** No library: what is needed of one is in every process of Node, whichever C library that has. */
const linking = ["-shared", "-nostdlib", "-s", "-Wl,-z,now", "-Wl,--gc-sections", `-Wl,--version-script=${join(sources, "exports.map")}`];

if (!existsSync(python) || !existsSync(headers)) {
  console.error("This needs the compiler in engines/native. Received: none. To get it: npm run setup:engines -- native");
  process.exit(1);
}

/**
 * Runs the compiler.
 * @param {string} cwd
 * @param {readonly string[]} args
 */
function compile(cwd, args) {
  // Paths would be in the result, so it is called where the sources are copied to, and caches nothing elsewhere.
  const env = { ...process.env, ZIG_LOCAL_CACHE_DIR: join(cwd, "cache"), ZIG_GLOBAL_CACHE_DIR: join(cwd, "cache") };
  const { status } = spawnSync(python, ["-m", "ziglang", "cc", ...args], { cwd, env, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

let wrong = false;
for (const { name, triple, vectors } of systems) {
  const work = mkdtempSync(join(tmpdir(), "rowan-native-"));
  try {
    for (const file of ["rows.h", "bags.h", "steps.h", "lists.h", "lanes.h", "rows.c", "bags.c", "steps.c", "lists.c", "addon.c"])
      writeFileSync(join(work, file), readFileSync(join(sources, file)));
    const common = ["-target", triple, ...always, "-I", headers, "-c"];
    for (const kernels of ["rows", "lists"])
      compile(work, [...common, ...vectors[32], "-DVECTOR_BYTES=32", `${kernels}.c`, "-o", `${kernels}.o`]);
    for (const [bytes, allowed] of Object.entries(vectors)) {
      const defined = [`-DVECTOR_BYTES=${bytes}`, `-DBAG_KERNELS=bags_of_${bytes}`, `-DSTEP_KERNELS=steps_of_${bytes}`];
      for (const kernels of ["bags", "steps"])
        compile(work, [...common, ...allowed, ...defined, `${kernels}.c`, "-o", `${kernels}-${bytes}.o`]);
    }
    // What looks whether the vectors are there must not use them.
    compile(work, [...common, "addon.c", "-o", "addon.o"]);
    const objects = ["rows.o", ...Object.keys(vectors).flatMap((bytes) => [`bags-${bytes}.o`, `steps-${bytes}.o`]), "lists.o", "addon.o"];
    compile(work, ["-target", triple, ...linking, ...objects, "-o", "addon.node"]);
    const bytes = readFileSync(join(work, "addon.node"));
    const path = join(target, `${name}.node`);
    if (!process.argv.includes("--check")) {
      mkdirSync(target, { recursive: true });
      writeFileSync(path, bytes);
      console.log(`packages/backend-cpu/prebuilds/${name}.node: ${bytes.length} bytes`);
    } else if (!existsSync(path) || !bytes.equals(readFileSync(path))) {
      console.error(`packages/backend-cpu/prebuilds/${name}.node is not what native/ gives: run node tools/build-native.mjs`);
      wrong = true;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
process.exitCode = wrong ? 1 : 0;
