import { describe, expect, test } from "vitest";
import type { Backend } from "../backend/backend.ts";
import { runSteps } from "./run-steps.ts";
import type { StepRun } from "./run-steps.ts";

const slow = { capabilities: { syncRead: false } } as Backend;
const direct = { capabilities: { syncRead: true } } as Backend;

/** Steps whose results come when they are let go, and the order of what happens. */
function steps(count: number): { readonly events: string[]; readonly run: StepRun<number> } {
  const events: string[] = [];
  const run: StepRun<number> = {
    from: 0,
    to: count,
    isWatched: false,
    start: async (step) => {
      events.push(`start ${step}`);
      return { result: Promise.resolve(step) };
    },
    finish: (result, step) => {
      expect(result).toBe(step);
      events.push(`finish ${step}`);
      return true;
    },
  };
  return { events, run };
}

describe("runSteps", () => {
  test("the next step starts before the results of the one before are taken", async () => {
    const { events, run } = steps(3);
    await runSteps(slow, run);
    expect(events).toEqual(["start 0", "start 1", "finish 0", "start 2", "finish 1", "finish 2"]);
  });

  test.each([
    ["on a backend that reads at once", direct, false],
    ["where somebody looks at each batch", slow, true],
  ])("one after another %s", async (_where, backend, isWatched) => {
    const { events, run } = steps(2);
    await runSteps(backend, { ...run, isWatched });
    expect(events).toEqual(["start 0", "finish 0", "start 1", "finish 1"]);
  });

  test("no step is no work", async () => {
    const { events, run } = steps(0);
    await runSteps(slow, run);
    expect(events).toEqual([]);
  });

  test("who ends the run or fails waits for the step that was started, and its error is not lost on nobody", async () => {
    const { events, run } = steps(4);
    await runSteps(slow, { ...run, finish: (_result, step) => (events.push(`finish ${step}`), false) });
    expect(events).toEqual(["start 0", "start 1", "finish 0"]);

    let ended = false;
    const failing: StepRun<number> = {
      ...run,
      start: async (step) => {
        if (step === 1) throw new Error("the second step");
        const result = new Promise<number>((_resolve, reject) => {
          setTimeout(() => {
            ended = true;
            reject(new Error("the first step"));
          }, 5);
        });
        result.catch(() => undefined);
        return { result };
      },
    };
    await expect(runSteps(slow, failing)).rejects.toThrow("the second step");
    expect(ended).toBe(true);
  });
});
