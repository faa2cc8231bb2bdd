import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { npmCommand, root } from "./run.mjs";
import { listPublished } from "./workspaces.mjs";

/**
 * Packs every published package, exactly as `npm publish` would.
 * @param {string} folder where the tarballs go
 * @returns {{ name: string, file: string, dir: string }[]} for each package its name, its tarball and its folder in the repository
 */
export function packAll(folder) {
  const packages = listPublished();
  const { command, args, env } = npmCommand([
    "pack",
    "--json",
    "--pack-destination",
    folder,
    ...packages.flatMap(({ manifest }) => ["-w", manifest.name]),
  ]);
  const text = execFileSync(command, args, { cwd: root, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const packed = /** @type {{ name: string, filename: string }[]} */ (JSON.parse(text));
  return packages.map(({ manifest, path }) => {
    const entry = packed.find(({ name }) => name === manifest.name);
    if (entry === undefined) throw new Error(`npm pack must give a tarball for ${manifest.name}. Received: ${text}`);
    return { name: manifest.name, file: join(folder, entry.filename), dir: path };
  });
}
