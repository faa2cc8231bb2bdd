/** Rowan: checkpoints of tables and models, and the file formats of other tools. */
export * from "./formats/index.ts";
