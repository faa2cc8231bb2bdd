import { element } from "../element.ts";
import { trainPassages } from "../exhibits/passages.ts";
import type { Judge } from "../exhibits/passages.ts";
import { trainTenWords } from "../exhibits/ten-words.ts";
import type { Watcher } from "../exhibits/training.ts";
import type { Stage } from "../stage.ts";
import { LossCurve } from "./loss-curve.ts";

/**
 * The two trainings, their curve, and the judge of sentences that one of them makes.
 *
 * @param stage - Shows the rows as they learn.
 * @returns Whether a training runs.
 */
export function trainingPanel(stage: Stage): () => boolean {
  const curve = new LossCurve(element("curve", SVGSVGElement));
  const state = element("training-state", HTMLParagraphElement);
  const stop = element("stop", HTMLButtonElement);
  const starts = [element("train-tutorial", HTMLButtonElement), element("train-passages", HTMLButtonElement)] as const;
  const judging = element("judge", HTMLFormElement);
  let running: AbortController | undefined;
  let trained: { judge: Judge; dispose(): void } | undefined;

  const run = async (train: (watcher: Watcher) => Promise<void>): Promise<void> => {
    running = new AbortController();
    curve.clear();
    for (const button of starts) button.disabled = true;
    stop.disabled = false;
    judging.hidden = true;
    let failure: unknown;
    try {
      await train({
        signal: running.signal,
        onLoss: (loss) => curve.add(loss),
        onState: (text) => {
          state.textContent = text;
        },
      });
      if (running.signal.aborted) state.textContent = `Stopped. ${state.textContent}`;
    } catch (error) {
      failure = error;
    } finally {
      const isStopped = running.signal.aborted && isAbort(failure);
      running = undefined;
      if (isStopped) state.textContent = "Stopped before the first step.";
      else if (failure !== undefined) state.textContent = stage.explain(failure);
      for (const button of starts) button.disabled = false;
      stop.disabled = true;
      judging.hidden = trained === undefined;
    }
  };
  const forget = (): void => {
    trained?.dispose();
    trained = undefined;
  };
  const judge = async (): Promise<void> => {
    const verdict = element("verdict", HTMLOutputElement);
    try {
      const score = await trained?.judge(element("sentence", HTMLInputElement).value);
      if (score === undefined) return;
      const sure = `${(100 * Math.max(score, 1 - score)).toFixed(0)} % sure`;
      verdict.textContent = score > 0.5 ? `Moby-Dick, ${sure}` : `An address, ${sure}`;
    } catch (error) {
      verdict.textContent = stage.explain(error);
    }
  };

  starts[0].addEventListener("click", () => {
    forget();
    void run((watcher) => trainTenWords(stage, watcher));
  });
  starts[1].addEventListener("click", () => {
    forget();
    void run(async (watcher) => {
      trained = await trainPassages(stage, watcher);
    }).then(judge);
  });
  stop.addEventListener("click", () => running?.abort());
  judging.addEventListener("submit", (event) => event.preventDefault());
  element("sentence", HTMLInputElement).addEventListener("input", () => void judge());
  return () => running !== undefined;
}

/** What a signal throws that was given up, and a fetch with it. */
function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
