import { explainSelection, lastSelection, listBackends, registerBackend, selectBackend } from "@rowan/api";
import type { BackendReport } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { createTfjsBackend } from "@rowan/backend-tfjs";
import { createWebGpuBackend } from "@rowan/backend-webgpu";
import { element } from "../element.ts";
import type { Stage } from "../stage.ts";

/** With its outlook, so that it is not loaded where it cannot win. */
const tfjs = Object.assign(() => createTfjsBackend({ engine: "wasm", threads: 1 }), { outlook: createTfjsBackend.outlook });

/** Registers every backend that this page brings. */
export function registerAll(): void {
  registerBackend("cpu", () => createCpuBackend());
  registerBackend("plain", () => createCpuBackend({ kernels: "plain" }));
  // In an isolated page TensorFlow.js would start threads from the text of one of its functions, which a bundler has renamed.
  registerBackend("tfjs", tfjs);
  registerBackend("webgpu", createWebGpuBackend);
}

/**
 * The list of backends: which are there, why others are not, and the choice.
 *
 * @param stage - Moves to the chosen backend.
 * @param isTraining - A training stays where it began.
 */
export async function backendPanel(stage: Stage, isTraining: () => boolean): Promise<void> {
  const list = element("backends", HTMLFieldSetElement);
  const explanation = element("explanation", HTMLPreElement);
  const measure = element("measure", HTMLButtonElement);
  const say = (text: string): void => {
    explanation.hidden = false;
    explanation.textContent = text;
  };
  const choose = async (how: Parameters<typeof selectBackend>[0]): Promise<void> => {
    if (isTraining()) say("A training is running: it stays on the backend where it began. Stop it first.");
    else {
      try {
        stage.moveTo(await selectBackend(how));
        say(explainSelection());
      } catch (error) {
        say(stage.explain(error));
      }
    }
    const chosen = lastSelection()?.chosen;
    for (const radio of list.querySelectorAll<HTMLInputElement>("input[type=radio]")) radio.checked = radio.value === chosen;
  };
  for (const report of await listBackends({ measure: false })) list.append(choiceOf(report, () => void choose(report.name)));
  stage.listen((change) => {
    if (change !== "lost") return;
    const { chosen = "" } = lastSelection() ?? {};
    void choose("cpu").then(() => say(`The GPU of ${chosen} was lost. The table moved to cpu; choose ${chosen} to try it again.`));
  });
  measure.addEventListener("click", () => {
    measure.disabled = true;
    const { rows = 100_000, dim = 64 } = stage.shown ?? {};
    void choose({ inputDim: rows, outputDim: dim, refresh: true }).finally(() => (measure.disabled = false));
  });
}

function choiceOf(
  { name, available, device = "", hardware, adapter, reason = "", remedy = "" }: BackendReport,
  take: () => void,
): HTMLElement {
  const label = document.createElement("label");
  const radio = Object.assign(document.createElement("input"), { type: "radio", name: "backend", value: name, disabled: !available });
  radio.checked = lastSelection()?.chosen === name;
  radio.addEventListener("change", take);
  const about = document.createElement("small");
  const soft = hardware === "software adapter" ? `; ${adapter ?? "the adapter"} is software: right, and slow` : "";
  about.textContent = available ? `${device}${soft}` : `${reason} ${remedy}`.trim();
  label.append(radio, name, about);
  return label;
}
