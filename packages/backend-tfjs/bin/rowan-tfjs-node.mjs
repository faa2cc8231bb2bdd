#!/usr/bin/env node
/**
 * Builds the native module of @tensorflow/tfjs-node from the sources in its package and the TensorFlow in a wheel of PyPI, since its own
 * installer downloads both from elsewhere.
 *
 * usage: npm install --ignore-scripts @tensorflow/tfjs-node
 *        npm exec --no rowan-tfjs-node [-- --wheel FILE] [--force]
 *
 *   --wheel FILE   the wheel named below, for machines without PyPI
 *   --force        builds again what is there
 *
 * Environment: PYTHON and CXX name the programs to use; pip's own variables say where PyPI is.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";

/** The wheel that this was tried with. Its Python version does not matter: only the C library in it is used. */
const wheel = {
  project: "tensorflow-cpu==2.21.0",
  file: "tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl",
  sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  tags: ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--platform", "manylinux_2_27_x86_64"],
};

/** A reason why it cannot be done here, with the remedy. */
class Refusal extends Error {}

/** Takes the two libraries, and of 13,000 headers those that the binding includes. */
const unpack = `
import os, shutil, sys, zipfile
wheel, libraries, headers = sys.argv[1:]
kept = ("tensorflow/c/", "tensorflow/core/platform/ctstring", "tsl/platform/ctstring", "xla/tsl/c/")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2"):
            target = os.path.join(libraries, os.path.basename(name))
        elif name.startswith("tensorflow/include/") and name.endswith(".h") and name[len("tensorflow/include/"):].startswith(kept):
            target = os.path.join(headers, name[len("tensorflow/include/"):])
        else:
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(name) as source, open(target, "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
`;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {{ ok: boolean, output: string }}
 */
function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  // A program that does not exist has no output.
  return { ok: status === 0, output: [stdout, stderr].filter(Boolean).join("").trim() };
}

/**
 * @param {readonly (string | undefined)[]} candidates
 * @param {string} refusal
 */
function findProgram(candidates, refusal) {
  const found = candidates.find((name) => name && run(name, ["--version"]).ok);
  if (!found) throw new Refusal(refusal);
  return found;
}

/** Where the package is, seen from the folder in which the command runs. */
function findPackage() {
  try {
    return dirname(createRequire(join(process.cwd(), "package.json")).resolve("@tensorflow/tfjs-node/package.json"));
  } catch {
    throw new Refusal(
      `@tensorflow/tfjs-node must be installed here. Received: none, seen from ${process.cwd()}. Run \`npm install --ignore-scripts @tensorflow/tfjs-node\` first.`,
    );
  }
}

/** The folder with node_api.h: Node's own, or the package's. */
function findHeaders() {
  const own = resolve(process.execPath, "../../include/node");
  if (existsSync(join(own, "node_api.h"))) return own;
  try {
    return dirname(createRequire(join(process.cwd(), "package.json")).resolve("node-api-headers/include/node_api.h"));
  } catch {
    throw new Refusal(`Node's headers must be there. Received: none in ${own}. Run \`npm install --save-dev node-api-headers\`.`);
  }
}

/** @param {string} file */
async function checkWheel(file) {
  if (!existsSync(file))
    throw new Refusal(`--wheel must name a file. Received: ${file}, which does not exist. It is ${wheel.file} of PyPI.`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const sha256 = hash.digest("hex");
  if (sha256 !== wheel.sha256) {
    throw new Refusal(
      `The wheel must be ${wheel.file} with SHA-256 ${wheel.sha256}. Received: ${file} with ${sha256}. Download it again from PyPI.`,
    );
  }
}

/**
 * @param {string} python
 * @param {string} folder
 */
function download(python, folder) {
  console.log(`downloading ${wheel.file} (274 MB) by pip`);
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "-q", "-d", folder];
  const { ok, output } = run(python, [...args, ...wheel.tags, wheel.project]);
  if (!ok) {
    throw new Refusal(
      `pip must be able to download ${wheel.project}. Received: ${output.split("\n").at(-1) ?? ""}. Where PyPI is not reachable, bring ${wheel.file} and pass --wheel FILE.`,
    );
  }
  return join(folder, wheel.file);
}

/**
 * @param {string} compiler
 * @param {string} target the package's folder
 * @param {string} headers TensorFlow's
 * @param {string} nodeHeaders
 */
function compile(compiler, target, headers, nodeHeaders) {
  console.log(`compiling with ${compiler}`);
  const folder = join(target, "lib", "napi-v8");
  mkdirSync(folder, { recursive: true });
  const built = join(folder, `tfjs_binding.${process.pid}.tmp`);
  const { ok, output } = run(compiler, [
    ...["-O2", "-std=c++17", "-fPIC", "-shared", "-DNAPI_VERSION=8", "-DBUILDING_NODE_EXTENSION"],
    ...[target, headers, nodeHeaders].flatMap((path) => ["-I", path]),
    ...["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(target, "binding", name)),
    ...["-L", join(target, "deps", "lib"), "-ltensorflow", "-ltensorflow_framework", "-Wl,-rpath,$ORIGIN/../../deps/lib", "-o", built],
  ]);
  if (!ok) throw new Refusal(`${compiler} must compile the binding. Received:\n${output}`);
  renameSync(built, join(folder, "tfjs_binding.node"));
}

/** @param {string} target */
function versionOf(target) {
  const code = `process.stdout.write("v" + require(${JSON.stringify(join(target, "lib", "napi-v8", "tfjs_binding.node"))}).TF_Version)`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", code], { encoding: "utf8" });
  if (status === 0) return stdout.slice(1);
  throw new Refusal(
    `The native module must load. Received: ${
      stderr
        .trim()
        .split("\n")
        .find((line) => line.includes("Error")) ?? "a crash"
    }. Run again with --force.`,
  );
}

/** @param {{ wheel?: string | undefined, force?: boolean | undefined }} options */
async function build(options) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Refusal(
      `TensorFlow's wheel is for Linux on x64. Received: ${process.platform} on ${process.arch}. Use @tensorflow/tfjs-node's own installer, or the engine "wasm".`,
    );
  }
  const target = findPackage();
  if (!options.force && existsSync(join(target, "lib", "napi-v8", "tfjs_binding.node"))) {
    console.log(`TensorFlow ${versionOf(target)} is there already: ${target}`);
    return;
  }
  const python = findProgram(
    [process.env["PYTHON"], "python3", "python"],
    "Python 3 must be there: it downloads and unpacks TensorFlow's wheel. Received: none. Install it (Debian: apt-get install python3-pip), or name it by PYTHON.",
  );
  const compiler = findProgram(
    [process.env["CXX"], "c++", "g++", "clang++"],
    "A C++ compiler must be there. Received: none. Install one (Debian: apt-get install g++), or name it by CXX.",
  );
  const nodeHeaders = findHeaders();
  const temporary = mkdtempSync(join(tmpdir(), "rowan-tfjs-node-"));
  try {
    const file = options.wheel ? resolve(options.wheel) : download(python, temporary);
    await checkWheel(file);
    console.log("unpacking TensorFlow (853 MB)");
    const libraries = join(target, "deps", "lib");
    rmSync(libraries, { recursive: true, force: true });
    mkdirSync(libraries, { recursive: true });
    const unpacked = run(python, ["-c", unpack, file, libraries, temporary]);
    if (!unpacked.ok) throw new Refusal(`The wheel must unpack. Received: ${unpacked.output.split("\n").at(-1)}. Is there 1 GB of room?`);
    for (const name of ["libtensorflow.so", "libtensorflow.so.2"]) symlinkSync("libtensorflow_cc.so.2", join(libraries, name));
    symlinkSync("libtensorflow_framework.so.2", join(libraries, "libtensorflow_framework.so"));
    compile(compiler, target, temporary, nodeHeaders);
    console.log(`TensorFlow ${versionOf(target)} is ready: ${target}`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

try {
  const { values } = parseArgs({ options: { wheel: { type: "string" }, force: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) console.log("usage: npm exec --no rowan-tfjs-node [-- --wheel FILE] [--force]");
  else await build(values);
} catch (error) {
  const isUsage = error instanceof TypeError && "code" in error;
  if (!(error instanceof Refusal) && !isUsage) throw error;
  console.error(`rowan-tfjs-node: ${error.message}`);
  process.exitCode = isUsage ? 2 : 1;
}
