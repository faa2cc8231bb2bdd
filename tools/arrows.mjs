/**
 * Who may import whom. The lint rule `rowan/import-arrows`, the test of the manifests and ARCHITECTURE.md follow this table.
 *
 * - `imports`: the workspaces that the sources may import; "*" is anything.
 * - `externals`: the packages from outside that they may import, with all of their subpaths.
 * - `node`: the sources may import Node's own modules. Packages without it run in browsers as they are.
 * - `tests`: what test files may import in addition. All of them may import vitest and Node's modules.
 *
 * @typedef {object} Arrows
 * @property {readonly string[] | "*"} imports
 * @property {readonly string[] | "*"} externals
 * @property {boolean} node
 * @property {readonly string[]} tests
 */

const tfjs = [
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-backend-cpu",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "@tensorflow/tfjs-node",
];

/** @type {Readonly<Record<string, Arrows>>} */
export const arrows = {
  "packages/api": { imports: [], externals: [], node: false, tests: [] },
  "packages/backend-cpu": { imports: ["@rowan/api"], externals: [], node: false, tests: ["@rowan/conformance"] },
  "packages/backend-tfjs": {
    imports: ["@rowan/api"],
    externals: tfjs,
    node: true,
    tests: ["@rowan/conformance", "@tensorflow/tfjs-layers"],
  },
  "packages/backend-webgpu": {
    imports: ["@rowan/api"],
    externals: [...tfjs, "webgpu"],
    node: true,
    // Both are users of TensorFlow.js: a test runs them at once in one process.
    tests: ["@rowan/conformance", "@rowan/backend-tfjs"],
  },
  "packages/serialize": {
    imports: ["@rowan/api"],
    externals: ["protobufjs", "long", "@zip.js/zip.js"],
    node: true,
    tests: ["@rowan/backend-cpu", "@rowan/backend-tfjs", "@rowan/backend-webgpu", "@rowan/conformance"],
  },
  "packages/runtime": { imports: ["@rowan/api", "@rowan/backend-cpu"], externals: ["piscina"], node: true, tests: ["@rowan/conformance"] },
  "packages/conformance": { imports: ["@rowan/api"], externals: ["vitest"], node: false, tests: [] },
  "apps/bench": { imports: "*", externals: "*", node: true, tests: [] },
  "apps/playground": { imports: "*", externals: "*", node: true, tests: [] },
  examples: { imports: "*", externals: "*", node: true, tests: [] },
};

/** The packages that only some workspaces may import, also where `externals` is "*". */
export const reserved = [...tfjs, "webgpu", "piscina", "protobufjs"];
