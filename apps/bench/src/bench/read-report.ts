import { readFile } from "node:fs/promises";
import { FileError } from "../failure.ts";
import type { Report } from "./report.ts";

/**
 * Reads a report that `--json` wrote. A case that had another name then gets the one that it has now: reports are put together and
 * compared by names.
 *
 * @param path - The file.
 * @throws FileError where it is no report.
 */
export async function readReport(path: string): Promise<Report> {
  try {
    const report = JSON.parse(await readFile(path, "utf8")) as Partial<Report> | null;
    if (report?.benchmark === "rowan bench") return withNewNames(report as Report);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new FileError(`${path} must be a file that rowan bench --json wrote. Received: something else.`);
}

function withNewNames(report: Report): Report {
  return { ...report, results: report.results.map((result) => ({ ...result, name: result.name.replace(/^1 ids of /, "1 id of ") })) };
}
