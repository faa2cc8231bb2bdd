import { Arena, GradientTape, Sequential, layerFromConfig, ops, prepareRows, setWarningHandler } from "@rowan/api";
import type { NDArray } from "@rowan/api";
import { expect } from "vitest";
import { Judge, arrayOf } from "./fixture.ts";
import type { Described, FixtureCase, FixtureTensor } from "./fixture.ts";
import { denseGradient, upload, variableOf } from "./golden-case.ts";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";

interface LayersCase extends FixtureCase {
  readonly layers: readonly Described[];
  readonly input: FixtureTensor;
  readonly inputMask?: FixtureTensor;
  /** Of all layers, in order. */
  readonly weights: readonly FixtureTensor[];
  readonly output: FixtureTensor;
  readonly outputShape: readonly (number | null)[];
  readonly outputMask: FixtureTensor | null;
  /** The layers that warn and drop a mask. */
  readonly maskDroppedBy?: readonly number[];
  readonly upstream?: FixtureTensor;
  readonly weightGradients?: readonly FixtureTensor[];
  readonly inputGradient?: FixtureTensor;
}

/** Layers one after another: outputs, shapes, masks and gradients. */
export const layers: ApiGroup = {
  name: "layers",
  async cases() {
    const fixture = await loadFixture<LayersCase>("layers");
    return fixture.cases.map((item) => ({
      name: item.name,
      async run(backend) {
        const judge = new Judge(fixture, item);
        const model = new Sequential(item.layers.map(layerFromConfig), { backend });
        model.ensureBuilt(item.input.shape.map((extent, axis) => (axis === 0 ? null : extent)));
        await model.setWeights(item.weights.map((weight) => arrayOf(weight)));
        expect(model.outputShape).toEqual(item.outputShape);

        const input = item.input.dtype === "int32" ? undefined : variableOf(item.input, backend);
        const variables = [...model.variables, ...(input ? [input] : [])];
        const warnings: string[] = [];
        setWarningHandler((warning) => warnings.push(warning));
        const arena = new Arena();
        try {
          const x = input ? input.value : arena.run(() => upload(item.input, backend));
          await prepareRows(model.rowLookups(x), { training: true, arena });
          const results = arena.run(() => {
            const tape = new GradientTape();
            const mask = item.inputMask && upload(item.inputMask, backend);
            const { given, target } = tape.record(() => {
              const given = model.apply(x, { training: false, step: 0, mask });
              return { given, target: item.upstream && ops.sum(ops.multiply(given.output, upload(item.upstream, backend))) };
            });
            return { ...given, gradients: target ? tape.gradient(target, variables) : undefined };
          });
          judge.expectTensor(await results.output.read(), item.output, "output");
          expectMask(results.mask && (await results.mask.read()), item.outputMask);
          const dropped = (item.maskDroppedBy ?? []).map((index) => `Layer '${model.layers[index]?.name ?? ""}'`);
          expect(warnings.map((warning) => /^Layer '[^']*'/.exec(warning)?.[0])).toEqual(dropped);
          if (!results.gradients) return;
          for (const [index, expected] of [
            ...(item.weightGradients ?? []),
            ...(item.inputGradient ? [item.inputGradient] : []),
          ].entries()) {
            const actual = await denseGradient(results.gradients[index] ?? null, expected.shape);
            judge.expectTensor(actual, expected, "weightGradients", String(index));
          }
        } finally {
          arena.release();
          input?.dispose();
          model.dispose();
          setWarningHandler(undefined);
        }
      },
    }));
  },
};

function expectMask(actual: NDArray | undefined, expected: FixtureTensor | null): void {
  expect(actual === undefined ? null : { shape: actual.shape, data: [...actual.data] }, "outputMask").toEqual(
    expected && { shape: expected.shape, data: expected.data.map(Number) },
  );
}
