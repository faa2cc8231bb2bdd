export { exportTable } from "./export-table.ts";
export type { ExportFormat, ExportOptions } from "./export-table.ts";
export { importTable } from "./import-table.ts";
export type { ImportOptions, ImportedTable } from "./import-table.ts";
export type { SinkInput } from "./io/open-sink.ts";
export type { SourceInput } from "./io/open-source.ts";
export type { BadLine, ImportReport, TableFormat } from "./table/import-report.ts";
