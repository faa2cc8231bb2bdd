/** The curve of a loss, in an SVG of 320 by 140. */
export class LossCurve {
  readonly #svg: SVGSVGElement;
  readonly #path: SVGPathElement;
  #losses: number[] = [];
  #pending = false;

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    this.#path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.replaceChildren(this.#path);
  }

  clear(): void {
    this.#losses = [];
    this.#draw();
  }

  /** Adds a loss and draws with the next frame. */
  add(loss: number): void {
    this.#losses.push(loss);
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#draw();
    });
  }

  #draw(): void {
    const losses = this.#losses;
    const top = Math.max(...losses, 1e-9);
    const x = (step: number): number => (320 * step) / Math.max(1, losses.length - 1);
    const y = (loss: number): number => 136 - (128 * loss) / top;
    this.#path.setAttribute(
      "d",
      losses.map((loss, step) => `${step === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(loss).toFixed(1)}`).join(""),
    );
    const [first, last] = [losses[0], losses.at(-1)];
    const text =
      first === undefined
        ? "nothing trained yet"
        : `from ${first.toPrecision(3)} to ${(last as number).toPrecision(3)} in ${losses.length} steps`;
    this.#svg.setAttribute("aria-label", `Loss curve: ${text}`);
  }
}
