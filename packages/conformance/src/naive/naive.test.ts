import { expect, test } from "vitest";
import { DisposedError, InternalError } from "@rowan/api";
import { describeBackend } from "../suite/describe-backend.ts";
import { createNaiveBackend } from "./create-naive-backend.ts";

test("memory is given back once", async () => {
  const backend = await createNaiveBackend();
  const handle = backend.allocate("float32", 3);
  expect(backend.memory()).toEqual({ buffers: 1, bytes: 12 });
  backend.free(handle);
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  expect(() => backend.free(handle)).toThrow(DisposedError);
});

test("a freed tensor cannot be used", async () => {
  const backend = await createNaiveBackend();
  const x = { handle: backend.allocate("float32", 3), shape: [3], dtype: "float32" } as const;
  backend.dispose();
  expect(() => backend.unary("abs", x)).toThrow(DisposedError);
});

test("a tensor is read as what it holds", async () => {
  const backend = await createNaiveBackend();
  const handle = backend.allocate("float32", 6);
  expect(() => backend.unary("abs", { handle, shape: [2, 2], dtype: "float32" })).toThrow(InternalError);
  expect(() => backend.cast({ handle, shape: [6], dtype: "int32" }, "bool")).toThrow(InternalError);
});

describeBackend("naive", createNaiveBackend);
