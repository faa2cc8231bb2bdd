import { UsageError } from "../failure.ts";
import type { CaseResult, Report } from "./report.ts";

/**
 * Puts reports of one machine together.
 *
 * @param reports - In the order of their age; of cases that several have the last one counts.
 * @throws UsageError when sizes or machines differ.
 */
export function mergeReports(reports: readonly Report[]): Report {
  const last = reports.at(-1);
  if (last === undefined) throw new UsageError("There must be at least one report. Received: none.");
  for (const { scale, machine } of reports) {
    if (scale !== last.scale || machine.processor !== last.machine.processor || machine.node !== last.machine.node) {
      throw new UsageError(
        `Reports must be of one machine and one scale. Received: ${machine.processor}, Node ${machine.node}, ${scale}, and ${last.machine.processor}, Node ${last.machine.node}, ${last.scale}.`,
      );
    }
  }
  const results = new Map<string, CaseResult>();
  for (const report of reports) for (const result of report.results) results.set(`${result.suite} ${result.name}`, result);
  const versions = Object.assign({}, ...reports.map((report) => report.versions)) as Report["versions"];
  // Who took part in one of the runs is not missing; whoever has ended in the middle of it is.
  const present = new Set(reports.flatMap((report) => Object.keys(report.versions).filter((name) => !isMissing(report, name))));
  const missing = last.missing.filter(({ name }) => !present.has(name));
  const machine = { ...last.machine, load: Math.max(...reports.map((report) => report.machine.load)) };
  return { ...last, machine, versions, results: [...results.values()], missing };
}

function isMissing({ missing }: Report, peer: string): boolean {
  return missing.some(({ name }) => name === peer);
}
