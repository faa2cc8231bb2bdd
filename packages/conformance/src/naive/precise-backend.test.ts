import { expect, test } from "vitest";
import { PreciseBackend } from "./precise-backend.ts";

test("values keep sixteen digits from one operation to the next", () => {
  const backend = new PreciseBackend();
  const x = { handle: backend.allocate("float32", 2), shape: [2], dtype: "float32" } as const;
  backend.writeExact(x, [0.1, 2]);
  const root = { ...x, handle: backend.unary("sqrt", x) };
  const again = {
    ...x,
    handle: backend.gather({ ...root, shape: [2, 1] }, { handle: idsOf(backend, [1, 0]), shape: [2], dtype: "int32" }),
  };
  expect([...backend.readExact(again)]).toEqual([Math.SQRT2, Math.sqrt(0.1)]);
  expect(backend.readSync(again, 0, 2)).toEqual(Float32Array.of(Math.SQRT2, Math.sqrt(0.1)));
});

function idsOf(backend: PreciseBackend, ids: readonly number[]): object {
  const handle = backend.allocate("int32", ids.length);
  backend.write({ handle, shape: [ids.length], dtype: "int32" }, Int32Array.from(ids), 0);
  return handle;
}
