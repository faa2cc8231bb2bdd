import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./run.mjs";
import { listWorkspaces, readManifest } from "./workspaces.mjs";

const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].filter((file) => existsSync(join(root, file)));
const guides = existsSync(join(root, "docs")) ? readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }) : [];
const pages = [...documents, ...guides.filter((file) => file.endsWith(".md")).map((file) => join("docs", file))];

describe.each(pages)("%s", (page) => {
  const text = readFileSync(join(root, page), "utf8");

  // `<!-- examples/x/main.ts -->` above a block says which tested program it shows.
  const shown = [...text.matchAll(/<!-- (\S+\.ts) -->\n+```ts\n([^]*?)```/g)];
  test.each(shown.map((hit) => [hit[1] ?? "", hit[2] ?? ""]))("shows %s as it is", (file, code) => {
    expect(code).toBe(readFileSync(join(root, file), "utf8"));
  });

  test("links to files that exist", () => {
    const targets = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map((hit) => hit[1] ?? "");
    expect(targets.filter((target) => !existsSync(join(root, page, "..", target)))).toEqual([]);
  });

  test("names npm scripts that exist", () => {
    const manifests = [root, ...listWorkspaces().map(({ path }) => path)].map((path) => readManifest(path));
    const scripts = new Set(manifests.flatMap((manifest) => Object.keys(manifest.scripts ?? {})));
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map((hit) => hit[1] ?? "");
    expect(named.filter((name) => !scripts.has(name))).toEqual([]);
  });
});
