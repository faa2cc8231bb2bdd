import { describe, expect, test, vi } from "vitest";
import { setMissingGlobals } from "../gpu/globals.ts";
import { openDevice } from "../gpu/open-device.ts";
import { Pipelines } from "../gpu/pipelines.ts";
import { findTestGpu } from "../testing/software-gpu.ts";
import { joinSpans } from "./gather-reduce-spans.wgsl.ts";

vi.setConfig({ testTimeout: 60_000 });

const gpu = await findTestGpu();

describe("subgroups", () => {
  test("add where the adapter has them, for sums; maxima and other adapters take the workgroup's memory", () => {
    expect(joinSpans("sum", false, 4, true).code).toMatch(/^enable subgroups;[^]*subgroupAdd\(total\)/);
    expect(joinSpans("sum", false, 4, false).code).not.toContain("subgroup");
    expect(joinSpans("max", false, 4, true).code).not.toContain("subgroup");
  });

  test.skipIf(gpu.missing !== undefined)("both forms compile on this adapter, which has them", async () => {
    if (gpu.missing !== undefined) return;
    setMissingGlobals(gpu.gpu, gpu.globals);
    const { device, hasSubgroups } = await openDevice(gpu.gpu, "high-performance");
    expect(hasSubgroups).toBe(true);
    device.pushErrorScope("validation");
    const pipelines = new Pipelines(device);
    await pipelines.prepare([joinSpans("sum", false, 4, true), joinSpans("mean", true, 1, true), joinSpans("sum", false, 4, false)]);
    expect(await device.popErrorScope()).toBeNull();
    expect(pipelines.count).toBe(3);
    device.destroy();
  });
});
