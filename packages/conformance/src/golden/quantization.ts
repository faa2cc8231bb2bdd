import { EmbeddingTable } from "@rowan/api";
import type { Backend, QuantizedKind } from "@rowan/api";
import { expect } from "vitest";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { Judge, arrayOf } from "./fixture.ts";
import type { FixtureCase, FixtureTensor } from "./fixture.ts";
import { loadFixture } from "./load-fixture.ts";

interface QuantizationCase extends FixtureCase {
  readonly kind: QuantizedKind;
  readonly blockSize?: number;
  readonly rows: FixtureTensor;
  /** Of the integers. */
  readonly data?: FixtureTensor;
  readonly scale?: FixtureTensor;
  readonly zero?: FixtureTensor;
  /** Of floats of 16 bits: the bits as numbers. */
  readonly bits?: FixtureTensor;
  readonly values: FixtureTensor;
}

/** What quantized tables store, to the bit, and what they look up. */
export const quantization: ApiGroup = {
  name: "quantization",
  async cases() {
    const fixture = await loadFixture<QuantizationCase>("quantization");
    return fixture.cases.map((item) => ({
      name: item.name,
      async run(backend) {
        const judge = new Judge(fixture, item);
        const table = EmbeddingTable.from(arrayOf(item.rows), { backend });
        const small = await table.quantize(item.kind, item.blockSize === undefined ? {} : { blockSize: item.blockSize });
        table.dispose();
        try {
          await expectStored(small, item);
          judge.expectTensor(await small.read(), item.values, "values");
          await expectSameAgain(small, backend);
        } finally {
          small.dispose();
        }
      },
    }));
  },
};

async function expectStored(small: EmbeddingTable, item: QuantizationCase): Promise<void> {
  const { data, scale, zero, blockSize } = await small.quantizedData();
  if (item.bits) expect(pairsOf(data.data)).toEqual(item.bits.data);
  if (item.data) expect([data.dtype, data.shape, Array.from(data.data)]).toEqual(["int8", item.data.shape, item.data.data]);
  if (item.scale) expect([scale?.shape, scale?.data]).toEqual([item.scale.shape, arrayOf(item.scale).data]);
  expect(scale === undefined).toBe(item.scale === undefined);
  if (item.zero) expect([zero?.dtype, zero?.shape, Array.from(zero?.data ?? [])]).toEqual(["int8", item.zero.shape, item.zero.data]);
  expect(zero === undefined).toBe(item.zero === undefined);
  expect(blockSize).toBe(item.kind === "int4" ? (item.blockSize ?? 128) : undefined);
}

/** The stored numbers make the same table again. */
async function expectSameAgain(small: EmbeddingTable, backend: Backend): Promise<void> {
  const again = EmbeddingTable.fromQuantized(await small.quantizedData(), { backend });
  try {
    expect((await again.read()).equals(await small.read())).toBe(true);
  } finally {
    again.dispose();
  }
}

function pairsOf(bytes: ArrayLike<number>): number[] {
  return Array.from({ length: bytes.length / 2 }, (_, i) => (bytes[2 * i] as number) + 256 * (bytes[2 * i + 1] as number));
}
