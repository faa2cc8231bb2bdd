import { checkpointBytes } from "@rowan/serialize";
import { element, explain } from "../element.ts";
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

  const open = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    if (isTraining()) {
      state.textContent = "A training is running. Stop it first.";
      return;
    }
    state.textContent = `Opening ${file.name} …`;
    try {
      stage.show(await openFile(file, stage.backend));
    } catch (error) {
      state.textContent = explain(error);
    }
  };
  input.addEventListener("change", () => void open(input.files?.[0]));
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
      state.textContent = explain(error);
    });
  });
  stage.listen((change) => {
    const { shown } = stage;
    save.disabled = shown === undefined;
    if (change === "table" && shown) state.textContent = `${shown.title}: ${shown.rows} rows of ${shown.dim} values.`;
  });
}

function download(bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes]));
  Object.assign(document.createElement("a"), { href: url, download: "table.rowan" }).click();
  // The download has its own hold on the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
