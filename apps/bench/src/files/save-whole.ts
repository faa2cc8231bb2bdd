import { createOutFile } from "./out-file.ts";

/**
 * Writes a file at one go, which appears when it is complete.
 *
 * @param path - The file.
 * @param contents - All of it.
 */
export async function saveWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const file = await createOutFile(path);
  try {
    await file.write(typeof contents === "string" ? Buffer.from(contents) : contents);
    await file.commit();
  } catch (error) {
    await file.abort();
    throw error;
  }
}
