import { checkpointBytes } from "../checkpoint/save.ts";
import { loadCheckpoint } from "../checkpoint/load.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import type { goldenNames } from "./golden-content.ts";

/**
 * Loads a golden file and saves what it holds, on the default backend.
 *
 * @param name - Which one.
 * @param bytes - The file.
 * @returns What was saved: the same bytes, if all is well.
 */
export async function rewriteGolden(name: (typeof goldenNames)[number], bytes: Uint8Array): Promise<Uint8Array> {
  const file = await openCheckpoint(bytes);
  const { metadata, vocabularies } = file.metadata;
  await file.verify();
  if (name === "tensors") return checkpointBytes(Object.fromEntries(await loadCheckpoint(bytes, { as: "tensors" })));
  const loaded = name === "model" ? await loadCheckpoint(bytes) : await loadCheckpoint(bytes, { as: "table" });
  const vocabulary = name === "model" ? await file.readTextVectorization(vocabularies[0]) : await file.readVocabulary(vocabularies[0]);
  try {
    return await checkpointBytes(loaded, { vocabulary, metadata });
  } finally {
    loaded.dispose();
  }
}
