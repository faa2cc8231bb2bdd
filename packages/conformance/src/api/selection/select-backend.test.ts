import { beforeEach, describe, expect, test, vi } from "vitest";
import type * as Rowan from "@rowan/api";
import type { Backend, BackendOutlook } from "@rowan/api";
import { Clock, MemoryCache, pretend } from "./pretend.ts";
import type { Pretence } from "./pretend.ts";

/** A registry of its own for each test: names are taken for good. */
async function fresh(): Promise<typeof Rowan> {
  vi.resetModules();
  return import("@rowan/api");
}

let clock: Clock;
let cache: MemoryCache;
let rowan: typeof Rowan;

beforeEach(async () => {
  clock = new Clock();
  cache = new MemoryCache();
  vi.stubGlobal("performance", clock);
  vi.stubEnv("ROWAN_BACKEND", "");
  rowan = await fresh();
  return () => vi.unstubAllEnvs();
});

/** Little to call, much a value; and the other way round. */
const near: Pretence = { cost: { callMs: 0.01, idNs: 10, valueNs: 1 } };
const far: Pretence = { cost: { callMs: 1, idNs: 1, valueNs: 0.01 } };
const swiftshader = { kind: "gpu", software: true, adapter: "google swiftshader" } as const;

function register(
  name: string,
  pretence: Pretence,
  outlook?: BackendOutlook,
): { made: Backend[]; factory: ReturnType<typeof vi.fn>; dispose: ReturnType<typeof vi.fn> } {
  const made: Backend[] = [];
  const dispose = vi.fn<() => void>();
  const factory = vi.fn(async () => {
    const backend = pretend(clock, pretence, dispose);
    made.push(backend);
    return backend;
  });
  rowan.registerBackend(name, factory, outlook);
  return { made, factory, dispose };
}

/** Registers a backend that is not there. The classes are those of the fresh modules. */
function registerMissing(name: string): void {
  rowan.registerBackend(name, async () => {
    throw new rowan.BackendUnavailableError({ reason: "There is no GPU.", remedy: "Buy one." });
  });
}

const selection = (): Rowan.Selection => {
  const last = rowan.lastSelection();
  if (!last) throw new TypeError("nothing was selected");
  return last;
};
const outcomes = (): Record<string, string> => Object.fromEntries(selection().candidates.map(({ name, outcome }) => [name, outcome]));
const failureOf = async (work: Promise<unknown>): Promise<Error> => {
  const [result] = await Promise.allSettled([work]);
  if (result.status === "rejected") return result.reason as Error;
  throw new TypeError("an error was expected");
};

const small = { inputDim: 1000, outputDim: 16, batch: 32 } as const;
const large = { inputDim: 10_000, outputDim: 64, batch: 16_384 } as const;

describe("by measurement", () => {
  test.each([
    ["lookup", small, "near"],
    ["lookup", large, "far"],
    ["train", small, "near"],
    ["train", large, "far"],
  ] as const)("%s of %j is done by the %s one", async (work, sizes, winner) => {
    const both = { near: register("near", near), far: register("far", far) };
    const backend = await rowan.selectBackend({ ...sizes, work, cache });
    expect(both[winner].made).toEqual([backend]);
    expect(rowan.defaultBackend()).toBe(backend);
    expect(selection()).toMatchObject({ chosen: winner, by: "measurement", workload: { ...sizes, work } });
    expect(selection().tookMs - selection().loadingMs).toBeLessThan(300);
  });

  test("the first call of an engine, in which it compiles its kernels, is loading", async () => {
    register("near", near);
    register("far", { ...far, firstMs: 700 });
    await rowan.selectBackend({ ...large, cache: false });
    expect(selection().chosen).toBe("far");
    expect(selection().loadingMs).toBeGreaterThan(700);
    expect(selection().tookMs - selection().loadingMs).toBeLessThan(300);
  });

  test.each([2500, 4000, 9000])("interruptions, one in %d calls, do not hide the fastest", async (interruptedEvery) => {
    // 0.01 ms a call of the work; an interruption is as long as 2,000 calls.
    register("first", { ...near, cost: { callMs: 0.02, idNs: 0, valueNs: 0 }, interruptedEvery });
    register("fast", { ...near, cost: { callMs: 0.01, idNs: 0, valueNs: 0 }, interruptedEvery: interruptedEvery + 7 });
    await rowan.selectBackend({ ...small, cache: false });
    expect(selection().chosen).toBe("fast");
  });

  test("leaves nothing on the winner, and disposes of the others", async () => {
    const [one, other] = [register("near", near), register("far", far)];
    const backend = await rowan.selectBackend({ ...small, cache: false });
    expect(backend.memory().buffers).toBe(0);
    expect(one.dispose).not.toHaveBeenCalled();
    expect(other.dispose).toHaveBeenCalledOnce();
  });

  test("does not dispose of a backend that somebody uses", async () => {
    register("near", near);
    const other = register("far", far);
    await rowan.selectBackend("far");
    await rowan.selectBackend({ ...small, cache: false });
    expect(other.made).toHaveLength(1);
    expect(other.dispose).not.toHaveBeenCalled();
  });

  test("a table that is too large to make counts as a whole where updates copy it", async () => {
    register("copies", { cost: { callMs: 0.01, idNs: 1, valueNs: 0.1 }, tableNs: 0.1 });
    register("steady", { cost: { callMs: 2, idNs: 1, valueNs: 0.1 } });
    // 2 Mi values are made: 0.2 ms a step there, 40 ms with all 409.6 million.
    await rowan.selectBackend({ inputDim: 6_400_000, outputDim: 64, batch: 64, work: "train", cache: false });
    expect(selection().chosen).toBe("steady");
  });

  test("a backend whose largest table is too small does not take part", async () => {
    register("near", { ...near, maxTableBytes: 1000 });
    register("far", far);
    await rowan.selectBackend({ ...small, cache: false });
    expect(outcomes()).toEqual({ near: "failed", far: "chosen" });
    expect(rowan.explainSelection()).toContain("the table has 64000 bytes, and the largest it takes has 1000");
  });

  test("a backend that fails while it is measured does not take part", async () => {
    const broken = pretend(clock, near);
    broken.gather = () => {
      throw new Error("the device was lost");
    };
    rowan.registerBackend("broken", async () => broken);
    register("far", far);
    await rowan.selectBackend({ ...small, cache: false });
    expect(outcomes()).toEqual({ broken: "failed", far: "chosen" });
    expect(broken.memory().buffers).toBeGreaterThanOrEqual(0);
    expect(rowan.explainSelection()).toContain("failed when measured: the device was lost");
  });

  test("a backend that fails at any moment of it does not take part, also in the turns at the end", async () => {
    let cameThrough = false;
    for (let calls = 1; !cameThrough && calls < 1e6; calls = Math.ceil(calls * 1.25)) {
      rowan = await fresh();
      const broken = pretend(clock, near);
      const gather = broken.gather.bind(broken);
      let left = calls;
      broken.gather = (...args) => {
        if (--left < 0) throw new Error("the device was lost");
        return gather(...args);
      };
      rowan.registerBackend("broken", async () => broken);
      register("close", { cost: { ...near.cost, callMs: 0.012 } });
      await rowan.selectBackend({ ...small, cache: false });
      if (left < 0) expect(outcomes()).toEqual({ broken: "failed", close: "chosen" });
      else cameThrough = true;
      const reports = await rowan.listBackends(small);
      expect(reports.map(({ name }) => name)).toEqual(["broken", "close"]);
      if (left < 0) expect(reports[0]).toMatchObject({ reason: "the device was lost" });
      else expect(reports[0]?.rowsPerSecond).toBeGreaterThan(0);
    }
    expect(cameThrough).toBe(true);
  });

  test("says who is not there, why, and what to do", async () => {
    register("near", near);
    registerMissing("gpu");
    await rowan.selectBackend({ ...small, cache: false });
    expect(rowan.explainSelection()).toMatch(/Chosen: near \(pretended\): it was the fastest when measured, for lookups of 32 ids/);
    expect(rowan.explainSelection()).toContain("gpu   not available: There is no GPU. Buy one.");
  });

  test("is an error where nobody is there", async () => {
    registerMissing("a");
    registerMissing("b");
    const error = await failureOf(rowan.selectBackend({ cache: false }));
    expect(error).toBeInstanceOf(rowan.BackendUnavailableError);
    expect(error.message).toContain("a: not available: There is no GPU. Buy one.");
    expect(rowan.findDefaultBackend()).toBeUndefined();
  });
});

describe("an outlook", () => {
  const least = { callMs: 0.5, idNs: 0, valueNs: 0 };

  test("keeps an engine that cannot win from being loaded", async () => {
    const gpu = register("gpu", far, { least: { lookup: least, train: least } });
    register("near", near);
    await rowan.selectBackend({ ...small, cache: false });
    expect(gpu.factory).not.toHaveBeenCalled();
    expect(rowan.explainSelection()).toContain("gpu   not loaded: it takes at least 0.500 ms a call, and near takes less");
  });

  test("lets an engine be loaded where it can win", async () => {
    register("gpu", far, { least: { lookup: least, train: least } });
    register("near", near);
    await rowan.selectBackend({ ...large, cache: false });
    expect(selection().chosen).toBe("gpu");
  });

  test("of the factory counts where none is given", async () => {
    const factory = Object.assign(
      vi.fn(async () => pretend(clock, far)),
      { outlook: { least: { lookup: least, train: least } } },
    );
    rowan.registerBackend("gpu", factory);
    register("near", near);
    await rowan.selectBackend({ ...small, cache: false });
    expect(factory).not.toHaveBeenCalled();
  });

  test("shows that a backend is not there without loading it", async () => {
    const examine = async (): Promise<never> => {
      throw new rowan.BackendUnavailableError({ reason: "navigator.gpu is not there.", remedy: "Use another browser." });
    };
    const gpu = register("gpu", far, { examine });
    register("near", near);
    await rowan.selectBackend({ ...large, cache: false });
    expect(gpu.factory).not.toHaveBeenCalled();
    expect(outcomes()).toEqual({ gpu: "unavailable", near: "chosen" });
  });
});

describe("a software adapter", () => {
  const fast: Pretence = { cost: { callMs: 0.005, idNs: 1, valueNs: 0.01 }, hardware: swiftshader };

  test.each([
    ["which is seen without loading it", { examine: async () => swiftshader }],
    ["which is seen when it is made", undefined],
  ])("never wins by being called a GPU: %s", async (_how, outlook) => {
    register("gpu", fast, outlook);
    register("near", near);
    await rowan.selectBackend({ ...large, cache: false });
    expect(outcomes()).toEqual({ gpu: "passedOver", near: "chosen" });
    await rowan.selectBackend({ prefer: ["gpu", "near"], cache: false });
    expect(selection()).toMatchObject({ chosen: "near", by: "preference" });
    expect(rowan.explainSelection()).toContain("google swiftshader is software");
  });

  test("is taken where nothing else is there, and by its name", async () => {
    const gpu = register("gpu", fast);
    registerMissing("other");
    expect(await rowan.selectBackend({ ...small, cache: false })).toBe(gpu.made.at(-1));
    expect(selection()).toMatchObject({ chosen: "gpu", by: "measurement" });
    expect(await rowan.selectBackend("gpu")).toBe(gpu.made.at(-1));
  });
});

describe("the cache", () => {
  test("spares the second measurement, and every engine but the winner's", async () => {
    register("near", near);
    register("far", far);
    await rowan.selectBackend({ ...small, cache });
    rowan = await fresh();
    const [one, other] = [register("near", near), register("far", far)];
    const before = clock.ms;
    await rowan.selectBackend({ ...small, cache });
    expect(clock.ms).toBe(before);
    expect(selection()).toMatchObject({ chosen: "near", by: "cache" });
    expect([one.made.length, other.made.length]).toEqual([1, 0]);
  });

  test.each([
    ["another device answers", { ...near, device: "another" }, {}],
    ["asked to", near, { refresh: true }],
  ])("is not believed when %s", async (_when, pretence, options) => {
    register("near", near);
    register("far", far);
    await rowan.selectBackend({ ...small, cache });
    rowan = await fresh();
    register("near", pretence);
    register("far", far);
    await rowan.selectBackend({ ...small, cache, ...options });
    expect(selection().by).toBe("measurement");
  });

  test("is not believed after a week, or with other backends registered", async () => {
    register("near", near);
    register("far", far);
    await rowan.selectBackend({ ...small, cache });
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 8 * 24 * 3600 * 1000);
    await rowan.selectBackend({ ...small, cache });
    expect(selection().by).toBe("measurement");
    register("third", near);
    await rowan.selectBackend({ ...small, cache });
    expect(selection().by).toBe("measurement");
  });

  test.each(["{", "null", '{"form":1,"machines":{"a":{"at":1}}}', '{"form":7}'])("of %j is none", async (text) => {
    cache.text = text;
    register("near", near);
    register("far", far);
    await rowan.selectBackend({ ...small, cache });
    expect(selection()).toMatchObject({ chosen: "near", by: "measurement" });
    expect(JSON.parse(cache.text)).toMatchObject({ form: 1 });
  });

  test("that throws costs a measurement and nothing else", async () => {
    register("near", near);
    register("far", far);
    const refused = { read: vi.fn().mockRejectedValue(new Error("no")), write: vi.fn().mockRejectedValue(new Error("full")) };
    await rowan.selectBackend({ ...small, cache: refused });
    expect(selection().by).toBe("measurement");
    expect(refused.write).toHaveBeenCalledOnce();
  });
});

describe("the model", () => {
  test("estimates sizes near to measured ones, and makes the winner alone", async () => {
    register("near", near);
    register("far", far);
    await rowan.selectBackend({ ...small, cache });
    rowan = await fresh();
    const [one, other] = [register("near", near), register("far", far)];
    const before = clock.ms;
    await rowan.selectBackend({ ...small, batch: 64, cache });
    expect(clock.ms).toBe(before);
    expect(selection()).toMatchObject({ chosen: "near", by: "model" });
    expect([one.made.length, other.made.length]).toEqual([1, 0]);
    const { ms = 0 } = selection().candidates.find(({ name }) => name === "near") ?? {};
    // 0.01 + 64 (10 + 16) ns, from calls of 4 and 32 ids.
    expect(ms).toBeCloseTo(0.01 + (64 * 26) / 1e6, 4);
  });

  test("leaves to a measurement what is far, or not clear", async () => {
    register("near", near);
    register("far", far);
    await rowan.selectBackend({ ...small, cache });
    await rowan.selectBackend({ ...large, cache });
    expect(selection().by).toBe("measurement");
    // Between the two the times cross: 1 ms at about 13,000 ids of 64 values.
    await rowan.selectBackend({ ...large, batch: 12_000, cache });
    expect(selection().by).toBe("measurement");
  });
});

describe("by name", () => {
  test("is a hard choice that fails loudly, and leaves the default alone", async () => {
    const one = register("near", near);
    registerMissing("gpu");
    await rowan.selectBackend("near");
    const error = await failureOf(rowan.selectBackend("gpu"));
    expect(error).toBeInstanceOf(rowan.BackendUnavailableError);
    expect(error.message).toBe("There is no GPU. Buy one.");
    expect(rowan.defaultBackend()).toBe(one.made[0]);
    expect(rowan.explainSelection()).toContain("Chosen: near (pretended): it was asked for by its name.");
  });

  test("the only one is not measured", async () => {
    register("near", near);
    await rowan.selectBackend();
    expect([selection().by, clock.ms]).toEqual(["only", 0]);
  });
});

describe("ROWAN_BACKEND", () => {
  test("is a hard choice", async () => {
    register("near", near);
    register("far", far);
    vi.stubEnv("ROWAN_BACKEND", "far");
    await rowan.selectBackend({ ...small, prefer: ["near"], cache });
    expect(selection()).toMatchObject({ chosen: "far", by: "environment" });
    vi.stubEnv("ROWAN_BACKEND", "abacus");
    const error = await failureOf(rowan.selectBackend());
    expect(error.message).toMatch(/^ROWAN_BACKEND=abacus cannot be had: .*Registered: near, far\. Set ROWAN_BACKEND to another name/);
  });

  test("with several names is an order of preference, and an error where none is there", async () => {
    registerMissing("gpu");
    register("far", far);
    vi.stubEnv("ROWAN_BACKEND", "gpu, far");
    await rowan.selectBackend();
    expect(selection()).toMatchObject({ chosen: "far", by: "environment" });
    vi.stubEnv("ROWAN_BACKEND", "gpu,abacus");
    expect((await failureOf(rowan.selectBackend())).message).toContain("Received: ROWAN_BACKEND=gpu,abacus.");
  });

  test("does not overrule a name in the program", async () => {
    register("near", near);
    register("far", far);
    vi.stubEnv("ROWAN_BACKEND", "far");
    await rowan.selectBackend("near");
    expect(selection()).toMatchObject({ chosen: "near", by: "name" });
  });
});

describe("a preference", () => {
  test("takes the first that is there, unmeasured", async () => {
    registerMissing("gpu");
    register("near", near);
    register("far", far);
    await rowan.selectBackend({ ...small, prefer: ["gpu", "unknown", "far"], cache });
    expect([selection().chosen, selection().by, clock.ms]).toEqual(["far", "preference", 0]);
    expect(outcomes()).toEqual({ gpu: "unavailable", near: "notLoaded", far: "chosen" });
  });

  test("gives way to a measurement where none of them is there", async () => {
    registerMissing("gpu");
    register("near", near);
    register("far", far);
    await rowan.selectBackend({ ...small, prefer: ["gpu"], cache });
    expect(selection()).toMatchObject({ chosen: "near", by: "measurement" });
  });
});

describe("wrong use", () => {
  test.each([
    [{ inputDim: 0 }, "inputDim"],
    [{ work: "guess" }, '`work` must be "lookup" or "train"'],
    [{ prefer: "cpu" }, "`prefer` must be a list of names"],
    [{ prefer: ["abacus"] }, "Registered: near"],
    [{ batchSize: 3 }, "selectBackend has no option `batchSize`"],
    [{ input_dim: 3 }, "Write inputDim"],
    [3, "selectBackend takes its options as one object"],
  ])("%j is named", async (options, message) => {
    register("near", near);
    const error = await failureOf(rowan.selectBackend(options as never));
    expect(error).toBeInstanceOf(rowan.InvalidArgumentError);
    expect(error.message).toContain(message);
  });

  test("nothing is registered, nothing was selected", async () => {
    expect((await failureOf(rowan.selectBackend())).message).toBe("No backend is registered. Call registerBackend(name, factory) first.");
    expect(rowan.explainSelection()).toContain("call selectBackend() first");
  });
});

describe("listBackends", () => {
  test("tells of everyone, and keeps nobody", async () => {
    const one = register("near", { ...near, hardware: { kind: "cpu", software: false, memoryBytes: 7 } });
    registerMissing("gpu");
    register("soft", { ...far, hardware: swiftshader });
    expect(await rowan.listBackends({ ...small })).toEqual([
      {
        name: "near",
        available: true,
        device: "pretended",
        hardware: "processor",
        maxTableBytes: 2 ** 32,
        memoryBytes: 7,
        rowsPerSecond: expect.closeTo(32_000 / (0.01 + (32 * 26) / 1e6), -3) as number,
      },
      { name: "gpu", available: false, reason: "There is no GPU.", remedy: "Buy one." },
      {
        name: "soft",
        available: true,
        device: "pretended",
        hardware: "software adapter",
        adapter: "google swiftshader",
        maxTableBytes: 2 ** 32,
        rowsPerSecond: expect.any(Number) as number,
      },
    ]);
    expect(one.dispose).toHaveBeenCalledOnce();
  });

  test("measures nothing when told so", async () => {
    register("near", near);
    expect((await rowan.listBackends({ measure: false }))[0]).not.toHaveProperty("rowsPerSecond");
    expect(clock.ms).toBe(0);
  });
});
