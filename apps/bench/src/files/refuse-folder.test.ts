import { statSync } from "node:fs";
import { expect, test } from "vitest";
import { explain } from "../failure.ts";
import { makeFolder } from "../testing.ts";
import { checkOut } from "./check-out.ts";
import { openStream } from "./open-stream.ts";
import { createOutFile } from "./out-file.ts";

test("a folder is refused with its path, wherever a file must be", async () => {
  const path = makeFolder();
  const attempts = [() => checkOut(path), () => createOutFile(path), async () => openStream(path, statSync(path))];
  for (const attempt of attempts) {
    const error: unknown = await attempt().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(explain(error)).toEqual({ message: `${path} must be a file. Received: a folder.`, exitCode: 5 });
  }
});
