import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};
const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/**
 * Builds the page.
 *
 * @returns The folder in which it lies; to be removed by the caller.
 */
export async function buildPage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "rowan-playground-"));
  await build({ root: fileURLToPath(new URL("..", import.meta.url)), logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
  return folder;
}

/** A folder that is served on this machine. */
export interface Served {
  readonly url: string;
  close(): void;
}

/** A page in a sandbox has an origin of its own, and no storage; what it loads comes from elsewhere. */
const sandbox = { "content-security-policy": "sandbox allow-scripts allow-forms", "access-control-allow-origin": "*" };

const headers = { isolated: isolation, plain: {}, sandboxed: sandbox };

/**
 * Serves a folder.
 *
 * @param folder - With an index.html.
 * @param how - `"isolated"`: pages may share memory; `"sandboxed"`: they have no storage.
 */
export async function serve(folder: string, how: keyof typeof headers): Promise<Served> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = join(folder, path === "/" ? "index.html" : path);
    const type = types[extname(file)] ?? "application/octet-stream";
    readFile(file).then(
      (bytes) => response.writeHead(200, { "content-type": type, ...headers[how] }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
