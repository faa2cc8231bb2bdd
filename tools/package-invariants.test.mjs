import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { arrows } from "./arrows.mjs";
import { root } from "./run.mjs";
import { listEntries, listPublished, listWorkspaces, readManifest } from "./workspaces.mjs";

const workspaces = listWorkspaces();
const version = readManifest(root).version;
const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/**
 * Tests, what helps them, and the settings that they run with.
 * @param {string} file
 */
const isTest = (file) => /\.test(-d)?\.ts$|^vitest\.[\w.]+\.ts$|\btesting(\.ts$|[\\/])/.test(file);

/**
 * The bare specifiers that a workspace's files name.
 * @param {string} path
 * @param {(file: string) => boolean} filter
 */
function importedPackages(path, filter) {
  const files = readdirSync(path, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.startsWith("dist") && filter(file),
  );
  const specifiers = files.flatMap((file) => {
    const code = readFileSync(join(path, file), "utf8");
    return [...code.matchAll(/^\s*(?:import|export)\b[^"';]*?from "([^"]+)"|\bimport\("([^"]+)"\)|^import "([^"]+)"/gm)].map(
      (hit) => hit[1] ?? hit[2] ?? hit[3] ?? "",
    );
  });
  const bare = specifiers.filter((specifier) => !specifier.startsWith(".") && !isBuiltin(specifier));
  return [...new Set(bare.map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier))].sort();
}

describe("the root", () => {
  test("pins its development dependencies exactly", () => {
    const loose = Object.entries(readManifest(root).devDependencies ?? {}).filter(([, range]) => !exact.test(range));
    expect(loose).toEqual([]);
  });

  test("has a line for every workspace in tsconfig.json and in tools/arrows.mjs", () => {
    const solution = /** @type {{ references: { path: string }[] }} */ (JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")));
    const dirs = workspaces.map(({ dir }) => dir);
    expect(solution.references.map(({ path }) => path)).toEqual(expect.arrayContaining(dirs));
    expect(Object.keys(arrows)).toEqual(expect.arrayContaining(dirs));
  });

  test("describes its version in the change log", () => {
    expect(readFileSync(join(root, "CHANGELOG.md"), "utf8")).toContain(`## ${version}`);
  });

  test("locks versions without addresses of registries", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toContain("https://registry");
  });
});

test.each(readdirSync(join(root, "engines")))("engines/%s pins exactly and has a lockfile of its own", (name) => {
  const folder = join(root, "engines", name);
  const { dependencies, devDependencies } = readManifest(folder);
  expect(Object.values({ ...dependencies, ...devDependencies }).filter((range) => !exact.test(range))).toEqual([]);
  expect(existsSync(join(folder, "package-lock.json"))).toBe(true);
});

describe.each(workspaces)("$dir", ({ dir, path, manifest }) => {
  const all = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };

  test("has the version, the licence and the module form of all", () => {
    expect(manifest).toMatchObject({ version, license: "Apache-2.0", type: "module", engines: { node: ">=20.19" } });
  });

  test("names its siblings by this very version, and the rest exactly unless it is a peer", () => {
    for (const [name, range] of Object.entries(all)) {
      if (name.startsWith("@rowan/")) expect([name, range]).toEqual([name, version]);
      else if (manifest.peerDependencies?.[name] === undefined) expect([name, range]).toEqual([name, expect.stringMatching(exact)]);
    }
  });

  test("declares what it imports", () => {
    const runtime = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
    const undeclared = importedPackages(path, (file) => !isTest(file)).filter((name) => !(name in runtime) && name !== manifest.name);
    const fromRoot = readManifest(root).devDependencies ?? {};
    // A test that imports its own package by name means the built one.
    const undeclaredByTests = importedPackages(path, isTest).filter(
      (name) => !(name in all) && !(name in fromRoot) && name !== manifest.name,
    );
    expect(undeclared).toEqual([]);
    expect(undeclaredByTests).toEqual([]);
  });

  test("ships nothing that helps its tests", () => {
    const files = readdirSync(path, { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".ts") && !file.startsWith("dist") && !isTest(file),
    );
    expect(files.filter((file) => /from "\.[^"]*\btesting(\.ts"|\/)/.test(readFileSync(join(path, file), "utf8")))).toEqual([]);
  });

  test("depends only along the arrows", () => {
    const rule = arrows[dir];
    const siblings = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) => name.startsWith("@rowan/"));
    const allowed = rule?.imports === "*" ? siblings : (rule?.imports ?? []);
    expect(allowed).toEqual(expect.arrayContaining(siblings));
  });

  test("has the sources of what it promises", () => {
    expect(Object.values(listEntries({ dir, path, manifest })).filter((source) => !existsSync(join(path, source)))).toEqual([]);
  });
});

describe.each(listPublished())("$manifest.name, published,", ({ path, manifest }) => {
  test("orders the conditions of its exports from the sources to the default", () => {
    expect(manifest.exports?.["./package.json"]).toBe("./package.json");
    for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
      if (typeof target === "string") continue;
      const name = subpath === "." ? "index" : subpath.slice(2);
      expect(Object.entries(target)).toEqual([
        ["@rowan/source", `./src/${name}.ts`],
        ["types", `./dist/${name}.d.ts`],
        // Where the platform has another form of what is behind a name.
        ...("browser" in target ? [["browser", "./dist/browser.js"]] : []),
        ["default", `./dist/${name}.js`],
      ]);
    }
  });

  test("carries the sources that its maps name, its licence and a description", () => {
    // A package that has a command carries it beside its bundle, one with an addon that, and its sources.
    const command = "bin" in manifest ? ["bin"] : [];
    const addon = existsSync(join(path, "prebuilds")) ? ["native", "prebuilds"] : [];
    expect(manifest.files).toEqual([...command, "dist", "!dist/*.tsbuildinfo", ...addon, "src", "!src/**/*.test.ts"]);
    expect(readFileSync(join(path, "LICENSE"), "utf8")).toBe(readFileSync(join(root, "LICENSE"), "utf8"));
    expect(readFileSync(join(path, "README.md"), "utf8")).toContain(`# ${manifest.name}`);
  });

  test("does nothing on import, but for its register modules", () => {
    const register = Object.keys(manifest.exports ?? {}).includes("./register");
    expect(manifest.sideEffects).toEqual(register ? ["./dist/register.js"] : false);
  });
});

test("@rowan/api depends on nothing", () => {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = readManifest(join(root, "packages/api"));
  expect({ ...dependencies, ...peerDependencies, ...optionalDependencies, ...devDependencies }).toEqual({});
});
