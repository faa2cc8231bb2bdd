/**
 * Runs the session of the command line that README.md shows, and puts what was printed into it. The lines that begin with "$ " between
 * the marks are what is run, in a folder of its own with the texts that they name.
 *
 * usage: npm run build && node tools/readme-session.mjs [--check]     --check: runs it and leaves README.md as it is
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./run.mjs";

const begin = "<!-- rowan session: begin -->";
const end = "<!-- rowan session: end -->";

/**
 * The commands of a page's session.
 * @param {string} page its text
 */
export function listCommands(page) {
  const session = page.slice(page.indexOf(begin), page.indexOf(end));
  return [...session.matchAll(/^\$ (.+)$/gm)].map((hit) => hit[1] ?? "");
}

/**
 * Puts a session into a page.
 * @param {string} page its text
 * @param {string} session what was run and printed
 */
export function replaceSession(page, session) {
  return `${page.slice(0, page.indexOf(begin) + begin.length)}\n\n\`\`\`text\n${session.trimEnd()}\n\`\`\`\n\n${page.slice(page.indexOf(end))}`;
}

/**
 * The addresses, a sentence a line, and some words.
 * @param {string} folder where they go
 */
async function writeTexts(folder) {
  register("./ts-hooks.mjs", import.meta.url);
  const { loadAddresses } = /** @type {{ loadAddresses: () => readonly { readonly text: string }[] }} */ (
    await import(new URL("../examples/data/texts.ts", import.meta.url).href)
  );
  const sentences = loadAddresses().flatMap(({ text }) =>
    text.split(/(?<=[.!?])\s+/).map((sentence) => sentence.replace(/\s+/g, " ").trim()),
  );
  writeFileSync(join(folder, "addresses.txt"), `${sentences.filter((sentence) => sentence !== "").join("\n")}\n`);
  writeFileSync(join(folder, "words.csv"), "word,from\npeace,here\nkraken,elsewhere\nrailroad,here\n");
}

/** @param {string} page the README's text */
async function run(page) {
  const folder = mkdtempSync(join(tmpdir(), "rowan-session-"));
  try {
    await writeTexts(folder);
    const parts = listCommands(page).map((command) => {
      const program = `"${process.execPath}" "${join(root, "apps/bench/bin/rowan.mjs")}"`;
      const line = `{ ${command.replace("npx rowan", () => program)}; } 2>&1`;
      const { status, stdout } = spawnSync("sh", ["-c", line], { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
      if (status !== 0) throw new Error(`${command} ended with status ${status}:\n${stdout}`);
      return `$ ${command}\n${stdout}`;
    });
    const half = readdirSync(folder).filter((name) => name.endsWith(".part"));
    if (half.length > 0) throw new Error(`${half.join(", ")} was left half written`);
    return parts.join("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const path = join(root, "README.md");
  const page = readFileSync(path, "utf8");
  const session = await run(page);
  if (process.argv.includes("--check")) console.log(session);
  else writeFileSync(path, replaceSession(page, session));
}
