import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { delimiter, extname, join, normalize } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const types = new Map([
  [".html", "text/html"],
  [".js", "text/javascript"],
  [".wasm", "application/wasm"],
]);
const flags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
];

/**
 * Finds a Chromium: the one that `CHROMIUM` names, else the first on the PATH.
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env["CHROMIUM"];
  if (named !== undefined && named !== "") return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
}

/**
 * Serves a folder on this machine, and hands over what is posted.
 * @param {string} folder
 * @param {(text: string) => void} posted
 * @param {Readonly<Record<string, string>>} headers
 * @returns {import("node:http").Server}
 */
function serve(folder, posted, headers) {
  return createServer((request, response) => {
    if (request.method === "POST") {
      /** @type {Buffer[]} */
      const chunks = [];
      request.on("data", (/** @type {Buffer} */ chunk) => chunks.push(chunk));
      request.on("end", () => {
        response.end();
        posted(Buffer.concat(chunks).toString());
      });
      return;
    }
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = join(folder, path === "/" ? "index.html" : path);
    readFile(file).then(
      (bytes) => response.writeHead(200, { "content-type": types.get(extname(file)) ?? "application/octet-stream", ...headers }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
}

/**
 * Ends a browser and waits until it is gone: at first in the way that lets its child processes end and its profile be written.
 * @param {import("node:child_process").ChildProcess} browser
 * @param {Promise<unknown>} closed settles at its event `close`
 * @returns {Promise<void>}
 */
async function endBrowser(browser, closed) {
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGKILL"])) {
    browser.kill(signal);
    const isLate = await Promise.race([closed.then(() => false), wait(5000, true, { ref: false })]);
    if (!isLate) return;
  }
}

/**
 * Opens the page of a folder in Chromium without a window and waits for what the page posts.
 * @param {string} chromium
 * @param {string} folder holds `index.html`
 * @param {string} profile an empty folder for Chromium's own files
 * @param {Readonly<Record<string, string>>} [headers] what the server says with every file
 * @returns {Promise<string>} the posted text
 */
export async function runPage(chromium, folder, profile, headers = {}) {
  const events = new EventEmitter();
  const posted = once(events, "posted", { signal: AbortSignal.timeout(60_000) });
  const server = serve(folder, (text) => events.emit("posted", text), headers);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = spawn(chromium, [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], { stdio: "ignore" });
  browser.once("error", (error) => events.emit("error", error));
  const closed = new Promise((resolve) => browser.once("close", resolve));
  try {
    const [text] = /** @type {[string]} */ (await posted);
    return text;
  } catch (cause) {
    throw new Error(`The page must report within 60 seconds. Received: nothing, folder=${folder}.`, { cause });
  } finally {
    await endBrowser(browser, closed);
    server.close();
    server.closeAllConnections();
  }
}
