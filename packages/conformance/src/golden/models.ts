import { History, Sequential, layerFromConfig } from "@rowan/api";
import type { Backend, CompileOptions, DatasetOptions, EvaluateOptions, FitOptions, NDArray, Samples } from "@rowan/api";
import { expect } from "vitest";
import { Judge, arrayOf } from "./fixture.ts";
import type { Described, Fixture, FixtureCase, FixtureTensor } from "./fixture.ts";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";
import { runSplit } from "./validation-split.ts";
import type { SplitCase } from "./validation-split.ts";

type Named = Readonly<Record<string, FixtureTensor>>;

interface ModelCall {
  readonly method: "fit" | "evaluate" | "predict" | "trainOnBatch" | "testOnBatch";
  /** `x`, `y` and the options by Keras' names in camelCase; arrays as tensors. */
  readonly arguments: Readonly<Record<string, unknown>> & { readonly x: FixtureTensor; readonly y?: FixtureTensor };
  readonly epoch?: readonly number[];
  readonly history?: Named;
  readonly logs?: Named;
  readonly output?: FixtureTensor;
  /** After the call. */
  readonly weights?: readonly FixtureTensor[];
}

interface ModelCase extends FixtureCase {
  readonly kind: "model";
  readonly layers: readonly Described[];
  readonly compile: CompileOptions;
  readonly initialWeights: readonly FixtureTensor[];
  readonly calls: readonly ModelCall[];
}

/** Whole models: what they were, what was done with them, and what Keras made of it. */
export const models: ApiGroup = {
  name: "models",
  async cases() {
    const fixture = await loadFixture<ModelCase | SplitCase>("models");
    return fixture.cases.map((item) => ({
      name: item.name,
      run: (backend) => (item.kind === "model" ? runModel(fixture, item, backend) : runSplit(item, backend)),
    }));
  },
};

async function runModel(fixture: Fixture<FixtureCase>, item: ModelCase, backend: Backend): Promise<void> {
  const judge = new Judge(fixture, item);
  const model = new Sequential(item.layers.map(layerFromConfig), { backend });
  try {
    const [first] = item.calls;
    model.ensureBuilt((first?.arguments.x.shape ?? []).map((extent, axis) => (axis === 0 ? null : extent)));
    await model.setWeights(item.initialWeights.map((weight) => arrayOf(weight)));
    model.compile(item.compile);
    for (const [index, call] of item.calls.entries()) await perform(judge, model, call, `calls[${index}]`);
  } finally {
    model.dispose();
  }
}

async function perform(judge: Judge, model: Sequential, call: ModelCall, at: string): Promise<void> {
  const result = await made(model, call);
  if (result instanceof History) {
    expect(result.epoch, `${at}.epoch`).toEqual(call.epoch);
    expect(Object.keys(result.history).sort(), `${at}.history`).toEqual(Object.keys(call.history ?? {}).sort());
    for (const [name, values] of Object.entries(call.history ?? {}))
      judge.expectNumbers(result.history[name] ?? [], values, at, "history", name);
  }
  if (call.logs) {
    const logs = result as Readonly<Record<string, number>>;
    expect(Object.keys(logs).sort(), `${at}.logs`).toEqual(Object.keys(call.logs).sort());
    for (const [name, value] of Object.entries(call.logs)) judge.expectNumbers([logs[name] as number], value, at, "logs", name);
  }
  if (call.output) judge.expectTensor(result as NDArray, call.output, at, "output");
  const weights = call.weights ? await model.getWeights() : [];
  for (const [index, expected] of (call.weights ?? []).entries())
    judge.expectTensor(weights[index] as NDArray, expected, at, "weights", String(index));
}

/** The call; logs by name. */
async function made(model: Sequential, { method, arguments: given }: ModelCall): Promise<unknown> {
  const { x, y, ...rest } = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, valueOf(value)])) as {
    x: Samples;
    y: Samples;
  };
  switch (method) {
    case "fit":
      return model.fit(x, y, { shuffle: false, verbose: 0, ...(rest as FitOptions) });
    case "evaluate":
      return model.evaluate(x, y, { verbose: 0, returnDict: true, ...(rest as EvaluateOptions & DatasetOptions) });
    case "predict":
      return model.predict(x, { verbose: 0, ...rest });
    case "trainOnBatch":
      return named(model, await model.trainOnBatch(x, y, rest));
    case "testOnBatch":
      return named(model, await model.testOnBatch(x, y, rest));
  }
}

function named(model: Sequential, values: readonly number[]): Record<string, number> {
  return Object.fromEntries(model.metricsNames.map((name, index) => [name, values[index] as number]));
}

/** Arrays for tensors, also inside of lists such as `validationData`. */
function valueOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(valueOf);
  return typeof value === "object" && value !== null && "shape" in value ? arrayOf(value as FixtureTensor) : value;
}
