import { readFile } from "node:fs/promises";
import { FileError, InterruptedError, UsageError } from "../failure.ts";
import { saveWhole } from "../files/save-whole.ts";
import { checkPicturePath, savePicture } from "./save-picture.ts";

/** Numbers that a training came to, by name, one an epoch. */
export type Curve = Readonly<Record<string, readonly number[]>>;

/**
 * Refuses names that say no kind of curve, before anything is trained.
 *
 * @param path - What `--curve` names.
 * @throws UsageError for an ending other than `.json` and those of pictures.
 */
export function checkCurvePath(path: string): void {
  if (path.endsWith(".json")) return;
  try {
    checkPicturePath(path, "--curve");
  } catch {
    throw new UsageError(`--curve must end with .json (rowan plot reads that), .svg, .html or .png. Received: --curve ${path}.`);
  }
}

/**
 * Writes a curve, the last file of a training: as numbers that `rowan plot` reads, or at once as a picture.
 *
 * @param path - A file that ends with `.json`, `.svg`, `.html` or `.png`.
 * @param curve - The numbers.
 * @param signal - Ends the drawing.
 * @throws InterruptedError as soon as the signal is set off.
 */
export async function saveCurve(path: string, curve: Curve, signal: AbortSignal): Promise<void> {
  if (path.endsWith(".json")) await saveWhole(path, `${JSON.stringify({ rowan: "curve", curve }, null, 2)}\n`);
  else
    await savePicture(path, { kind: "curve", heading: "Training", curve }, signal).catch((error: unknown) => {
      throw error instanceof InterruptedError ? new InterruptedError(`interrupted; all but ${path} was written`) : error;
    });
}

/**
 * Reads a curve that `saveCurve` wrote.
 *
 * @param path - A `.json` file.
 * @throws FileError when it is another file.
 */
export async function readCurve(path: string): Promise<Curve> {
  try {
    const { rowan, curve } = JSON.parse(await readFile(path, "utf8")) as { rowan?: unknown; curve?: unknown };
    if (rowan === "curve" && isCurve(curve)) return curve;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new FileError(`${path} must be a curve that rowan train --curve wrote. Received: another file.`);
}

function isCurve(value: unknown): value is Curve {
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((item) => typeof item === "number");
  return typeof value === "object" && value !== null && Object.values(value).length > 0 && Object.values(value).every(isList);
}
