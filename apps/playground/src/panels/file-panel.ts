import { checkpointBytes } from "@rowan/serialize";
import { element } from "../element.ts";
import type { Exhibit } from "../exhibits/exhibit.ts";
import { openFile } from "../exhibits/open-file.ts";
import type { Stage } from "../stage.ts";

/**
 * Opens what is dropped or chosen.
 *
 * @param stage - Shows it.
 * @param isTraining - Then the stage is taken.
 */
export function filePanel(stage: Stage, isTraining: () => boolean): void {
  const drop = element("drop", HTMLLabelElement);
  const input = element("file", HTMLInputElement);
  const state = element("table-state", HTMLParagraphElement);

  let asked = 0;
  const open = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const mine = ++asked;
    const busy = "A training is running. Stop it first.";
    state.textContent = isTraining() ? busy : `Opening ${file.name} …`;
    if (isTraining()) return;
    try {
      const parts = await openFile(file, stage.backend);
      // Another file was asked for, or a training begun, while this one was read.
      if (mine !== asked) return;
      if (isTraining()) state.textContent = busy;
      else stage.show(parts);
    } catch (error) {
      const told = stage.explain(error);
      if (mine === asked) state.textContent = `${file.name} was not opened: ${told}`;
    }
  };
  input.addEventListener("change", () => {
    void open(input.files?.[0]);
    // The same file may be chosen again, changed or not.
    input.value = "";
  });
  for (const name of ["dragover", "dragenter"]) {
    // The whole page takes files: a drop beside the box would leave the page.
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    void open(event.dataTransfer?.files[0]);
  });
  const save = element("save", HTMLButtonElement);
  save.addEventListener("click", () => {
    const { shown } = stage;
    if (!shown) return;
    checkpointBytes(shown.table, shown.words && { vocabulary: shown.words }).then(download, (error: unknown) => {
      state.textContent = stage.explain(error);
    });
  });
  stage.listen((change) => {
    const { shown } = stage;
    save.disabled = shown === undefined;
    if (change === "table" && shown) state.textContent = describe(shown);
  });
}

function describe({ title, rows, dim, outOf }: Exhibit): string {
  if (outOf === undefined) return `${title}: ${rows} rows of ${dim} values.`;
  if (outOf === "more") return `${title}: the first ${rows} rows of ${dim} values; the file has more.`;
  return `${title}: the first ${rows} of ${outOf} rows of ${dim} values.`;
}

function download(bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes]));
  Object.assign(document.createElement("a"), { href: url, download: "table.rowan" }).click();
  // The download has its own hold on the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
