import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 * @property {boolean} [devOptional]
 * @property {boolean} [peer]
 */

/**
 * Reads the packages of an npm lockfile, or nothing where there is none.
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function readLock(file) {
  try {
    return /** @type {{ packages: Record<string, LockedPackage> }} */ (JSON.parse(readFileSync(file, "utf8"))).packages;
  } catch {
    return undefined;
  }
}

/**
 * Tells whether `node_modules` of a folder holds what its lockfile asks for. npm writes `node_modules/.package-lock.json` as its
 * last act, so a broken-off install counts as none. Contents are compared, not times: a checkout or a copy changes times.
 * Node only, no dependency: this runs before anything is installed.
 * @param {string} dir the folder with `package-lock.json`
 * @returns {boolean} true when no install is needed
 */
export function isInstalled(dir) {
  const wanted = readLock(join(dir, "package-lock.json"));
  const present = readLock(join(dir, "node_modules", ".package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/")) return true;
    const there = present[path];
    // Optional packages of other platforms are in the lockfile and rightly absent.
    if (there === undefined) return entry.optional === true || entry.devOptional === true;
    return there.version === entry.version && (there.link ?? false) === (entry.link ?? false);
  });
}
