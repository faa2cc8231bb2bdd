import { readFileSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Lets go of what earlier calls have left, so that it is not taken for memory of the next one. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
}

function fromSystem(field: "VmRSS" | "VmHWM"): number {
  const match = new RegExp(`${field}:\\s*(\\d+) kB`).exec(readFileSync("/proc/self/status", "utf8"));
  return 1024 * Number(match?.[1]);
}

/**
 * How much this process grows, at most, while some work is done: what the system counts as its pages, with what lies in WebAssembly
 * memories and buffers.
 *
 * @param work - What is done, once.
 * @returns Bytes beyond those before it; on Linux to the page, elsewhere what a look every two milliseconds finds.
 */
export async function peakMemory(work: () => Promise<unknown>): Promise<number> {
  collectGarbage();
  if (process.platform === "linux") {
    // The highest mark so far becomes the present one (proc(5)).
    writeFileSync("/proc/self/clear_refs", "5");
    const before = fromSystem("VmRSS");
    await work();
    return fromSystem("VmHWM") - before;
  }
  const before = process.memoryUsage.rss();
  let most = before;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 2);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return most - before;
}
