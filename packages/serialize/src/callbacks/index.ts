export { BackupAndRestore } from "./backup-and-restore.ts";
export type { BackupAndRestoreOptions } from "./backup-and-restore.ts";
export { ModelCheckpoint } from "./model-checkpoint.ts";
export type { ModelCheckpointOptions } from "./model-checkpoint.ts";
