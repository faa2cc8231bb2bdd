import { expect, it } from "vitest";
import { createWebGpuBackend } from "./create-webgpu-backend.ts";

it("refuses a flag that is neither true nor false before it looks for a GPU", async () => {
  await expect(createWebGpuBackend({ precompile: "false" as never })).rejects.toThrow(
    '`precompile` must be true or false. Received: precompile="false".',
  );
});
