/**
 * Compiles the AssemblyScript kernels and writes them, as base64, into committed TypeScript files: all of them for the CPU backend, those
 * over rows for the memory of TensorFlow.js' WASM. Those of the CPU backend lie beside it as bytes too: Node, at its start, reads them faster.
 *   node tools/build-wasm.mjs           compile and write
 *   node tools/build-wasm.mjs --check   exit 1 when a committed file is not what the sources give
 * The compiler is heavy and needed by nobody else, so it lives in a folder of its own: npm ci --prefix engines/assemblyscript
 */
import { readFile, writeFile } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const compiler = new URL("engines/assemblyscript/node_modules/assemblyscript/dist/asc.js", root);
const sources = new URL("packages/backend-cpu/assembly/", root);
/** The modules: what they export, and the files that bring them to their package. */
const modules = [
  { entry: "index.ts", text: "packages/backend-cpu/src/wasm/module.generated.ts", bytes: "packages/backend-cpu/prebuilds/kernels.wasm" },
  { entry: "row-module.ts", text: "packages/backend-tfjs/src/host/wasm/module.generated.ts" },
];
const maximumPages = 65536;

/**
 * @typedef {object} Compiled
 * @property {Error | null} error
 * @property {{ toString(): string }} stderr
 *
 * @typedef {object} Files The compiler's way to files.
 * @property {(name: string) => Promise<string | null> | null} readFile
 * @property {(name: string, contents: Uint8Array) => void} writeFile
 * @property {() => string[]} listFiles
 *
 * @typedef {object} Compiler
 * @property {(args: readonly string[], files: Files) => Promise<Compiled>} main
 */

/**
 * The sections of a module: `[id, start of the content, end]`.
 * @param {Uint8Array} bytes
 * @returns {Generator<[id: number, start: number, end: number]>}
 */
function* sections(bytes) {
  for (let at = 8; at < bytes.length;) {
    const id = Number(bytes[at]);
    const [size, start] = unsigned(bytes, at + 1);
    yield [id, start, start + size];
    at = start + size;
  }
}

/**
 * A LEB128 number and where the next byte is.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {[value: number, next: number]}
 */
function unsigned(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = Number(bytes[at++]);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value >>> 0, at];
  }
}

/**
 * Where the flags of the one imported memory are: bit 0 says that it has a maximum, bit 1 that it is shared.
 * @param {Uint8Array} bytes
 */
function memoryFlagsOffset(bytes) {
  const imports = [...sections(bytes)].find(([id]) => id === 2);
  if (!imports) throw new Error("The module must import its memory. Received: no import section.");
  let [count, at] = unsigned(bytes, imports[1]);
  if (count !== 1)
    throw new Error(
      `The module must import nothing but its memory. Received: ${count} imports. Do not use the standard library's functions in kernels.`,
    );
  for (let name = 0; name < 2; name++) {
    const [length, start] = unsigned(bytes, at);
    at = start + length;
  }
  if (bytes[at] !== 2 || bytes[at + 1] !== 3) throw new Error("The import must be a shared memory with a maximum.");
  return at + 1;
}

/**
 * Concurrent threads instantiate the module over one memory: it must bring no data and keep no state.
 * @param {Uint8Array} bytes
 */
function checkStateless(bytes) {
  const found = [...sections(bytes)].find(([id]) => id === 11 || id === 8);
  if (found)
    throw new Error(
      "Kernels must have no static data and no start function, since threads share their memory. Received: a data or start section. Do not use strings, static arrays or Mathf in kernels.",
    );
}

/**
 * Compiles the sources.
 * @param {string} entry the file whose exports are the module's
 */
async function compile(entry) {
  const loading = /** @type {Promise<Compiler>} */ (import(compiler.href));
  const asc = await loading.catch((/** @type {unknown} */ cause) => {
    throw new Error("AssemblyScript must be installed to compile the kernels. Run: npm ci --prefix engines/assemblyscript", { cause });
  });
  const { error, stderr, binary } = await runCompiler(asc, entry);
  if (error !== null || binary === undefined) throw new Error(`The kernels do not compile.\n${stderr.toString()}`);
  checkStateless(binary);
  return binary;
}

/**
 * @param {Compiler} asc
 * @param {string} entry
 * @returns {Promise<Compiled & { binary: Uint8Array | undefined }>}
 */
async function runCompiler(asc, entry) {
  /** @type {Uint8Array | undefined} */
  let binary;
  const flags = [
    "-O3",
    "--converge",
    "--noAssert",
    "--runtime",
    "stub",
    "--importMemory",
    "--sharedMemory",
    "--initialMemory",
    "1",
    "--maximumMemory",
    String(maximumPages),
  ];
  const result = await asc.main([entry, ...flags, "--enable", "simd,threads,bulk-memory", "--outFile", "kernels.wasm"], {
    readFile: (name) => (name.startsWith("node_modules") ? null : readFile(new URL(name, sources), "utf8").catch(() => null)),
    writeFile: (_name, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  return { ...result, binary };
}

/** @param {Uint8Array} bytes */
function render(bytes) {
  const text = Buffer.from(bytes).toString("base64");
  const lines = (text.match(/.{1,150}/g) ?? []).map((line) => `  "${line}",`);
  return `// Generated by tools/build-wasm.mjs from packages/backend-cpu/assembly. Do not edit: change a kernel and run the tool.

/** Where the module says that its memory is shared: 3 there is a shared memory, 1 an unshared one. */
export const memoryFlagsOffset = ${memoryFlagsOffset(bytes)};

/** The module, ${bytes.length} bytes, as base64 in pieces. */
export const moduleBase64: readonly string[] = [
${lines.join("\n")}
];
`;
}

/**
 * Writes a file, or says that it is not what it must be.
 * @param {string} target
 * @param {Uint8Array} contents
 */
async function bring(target, contents) {
  const file = new URL(target, root);
  if (!process.argv.includes("--check")) {
    await writeFile(file, contents);
    console.log(`${target}: ${contents.length} bytes.`);
  } else if ((await readFile(file).catch(() => Buffer.alloc(0))).equals(contents)) {
    console.log(`${target} is fresh.`);
  } else {
    console.error(
      `${target} must be what the kernels' sources give. Received: another module. Run: node tools/build-wasm.mjs, and commit the file.`,
    );
    process.exitCode = 1;
  }
}

for (const { entry, text, bytes } of modules) {
  const module = await compile(entry);
  await bring(text, Buffer.from(render(module)));
  if (bytes !== undefined) await bring(bytes, module);
}
