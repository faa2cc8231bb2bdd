import { afterEach, describe, expect, it, vi } from "vitest";
import { setPrinter } from "../printer.ts";
import { Progress, checkProgress } from "./progress.ts";

afterEach(() => {
  setPrinter(undefined);
  vi.unstubAllGlobals();
});

function runThrough(verbose: 0 | 1 | 2): void {
  const progress = new Progress(checkProgress({ verbose }), 1, 1);
  progress.begin(0);
  progress.step(1, []);
  progress.end([]);
}

describe("Progress", () => {
  it("looks at the standard output only where something is printed", () => {
    const write = vi.fn<(text: string) => void>();
    const look = vi.fn(() => ({ write }));
    vi.stubGlobal("process", Object.create(process, { stdout: { get: look } }));
    runThrough(0);
    expect(look).not.toHaveBeenCalled();
    runThrough(2);
    expect(look).toHaveBeenCalled();
    expect(write).toHaveBeenCalled();
  });

  it("writes to the printer that was set, and nothing at verbose 0", () => {
    const write = vi.fn<(text: string) => void>();
    setPrinter({ write, dynamic: false, colors: false });
    runThrough(0);
    expect(write).not.toHaveBeenCalled();
    runThrough(1);
    expect(write.mock.calls.map(([text]) => text).join("")).toContain("1/1");
  });
});
