import { isBuiltin } from "node:module";
import { dirname, relative, resolve, sep } from "node:path";
import { arrows, reserved } from "../arrows.mjs";
import { root } from "../run.mjs";

const testFile = /\.(test|test-d|browser\.test)\.ts$/;

/**
 * Names the package that a bare specifier belongs to: "@scope/name/sub" -> "@scope/name".
 * @param {string} specifier
 * @returns {string}
 */
function packageOf(specifier) {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/**
 * Says why a file may not import something.
 * @param {string} file the importing file, absolute
 * @param {string} specifier
 * @returns {string | undefined} the reason; undefined where the import is fine
 */
export function whyForbidden(file, specifier) {
  const path = relative(root, file).split(sep).join("/");
  const home = Object.keys(arrows).find((dir) => path.startsWith(`${dir}/`));
  const rule = home === undefined ? undefined : arrows[home];
  if (home === undefined || rule === undefined) return "a workspace must have its line in tools/arrows.mjs before it imports anything";
  if (specifier.startsWith(".")) {
    const target = relative(root, resolve(dirname(file), specifier))
      .split(sep)
      .join("/");
    return target.startsWith(`${home}/`) ? undefined : `a relative import must stay inside ${home}; import the package by its name`;
  }
  const isTest = testFile.test(path);
  if (isBuiltin(specifier)) return rule.node || isTest ? undefined : `${home} runs in browsers and must not import Node's modules`;
  const name = packageOf(specifier);
  if (isTest && (name === "vitest" || rule.tests.includes(name))) return undefined;
  if (name.startsWith("@rowan/")) {
    if (rule.imports === "*" || rule.imports.includes(name)) return undefined;
    return `${home} may import ${rule.imports.length === 0 ? "no other workspace" : `only ${rule.imports.join(", ")}`}`;
  }
  if (rule.externals === "*") return reserved.includes(name) ? `${name} is kept inside the package that wraps it` : undefined;
  if (rule.externals.includes(name)) return undefined;
  return `${home} may import ${rule.externals.length === 0 ? "no package from outside" : `from outside only ${rule.externals.join(", ")}`}`;
}

/**
 * Holds the arrows of the architecture: static, dynamic and type-only imports, and re-exports.
 * @type {import("eslint").Rule.RuleModule}
 */
export const importArrows = {
  meta: { type: "problem", messages: { forbidden: "{{specifier}}: {{reason}}." }, schema: [] },
  create(context) {
    /** @param {{ source?: unknown }} node */
    const check = (node) => {
      const source = /** @type {import("estree").Literal | null | undefined} */ (node.source);
      if (typeof source?.value !== "string") return;
      const reason = whyForbidden(context.filename, source.value);
      if (reason !== undefined) context.report({ node: source, messageId: "forbidden", data: { specifier: source.value, reason } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};
