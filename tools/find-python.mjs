import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

/** The Python that files are exchanged with; ends the program where there is none. */
export function findPython() {
  const given = process.env["ROWAN_PYTHON"];
  if (given !== undefined && given !== "") return given;
  const own = join(root, "tools/python/.venv/bin/python");
  if (existsSync(own)) return own;
  console.error(
    "This needs a Python with the libraries of tools/python/requirements.txt. Received: none. Make tools/python/.venv as tools/python/README.md says, or name one in ROWAN_PYTHON.",
  );
  process.exit(1);
}
