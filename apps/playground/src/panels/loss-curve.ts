import { axisTicks } from "./axis-ticks.ts";
import type { Tick } from "./axis-ticks.ts";

/** Room around the curve for the numbers and names of its axes, and how wide a digit of them is, in CSS pixels. */
const [above, below, beside, digit] = [18, 18, 8, 6.6];

/** The curve of a loss over the steps, with numbers on both axes, in an SVG of any size. */
export class LossCurve {
  readonly #svg: SVGSVGElement;
  #losses: number[] = [];
  #pending = false;

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    // Pixels, not units of a picture: on a narrow page the curve gets narrower, and the numbers stay as large as they are.
    new ResizeObserver(() => this.#draw()).observe(svg);
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
    const { clientWidth: width, clientHeight: height } = this.#svg;
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.setAttribute("aria-label", `Loss curve: ${this.#tell()}`);
    if (width === 0) return;
    const top = Math.max(...losses.filter(Number.isFinite), 1e-9);
    const rows = losses.length === 0 ? [] : axisTicks(top, 4);
    const left = beside + digit * Math.max(1, ...rows.map(({ text }) => text.length));
    const [right, bottom] = [width - beside, height - below];
    const x = (step: number): number => left + ((right - left) * (step - 1)) / Math.max(1, losses.length - 1);
    const y = (loss: number): number => bottom - ((bottom - above) * loss) / top;
    // What is named at the end of the axis needs room there.
    const columns = axisTicks(losses.length, Math.floor((right - left) / 50), 1).filter(({ value }) => value > 0 && x(value) < right - 40);
    this.#svg.replaceChildren(
      ...rows.map(({ value }) => shape("line", { x1: left, x2: right, y1: y(value), y2: y(value) })),
      ...columns.map(({ value }) => shape("line", { x1: x(value), x2: x(value), y1: bottom, y2: bottom + 4 })),
      shape("path", { class: "axes", d: `M${left} ${above}V${bottom}H${right}` }),
      shape("path", { class: "loss", d: line(losses, x, y) }),
      ...rows.map((tick) => label(tick, { class: "end", x: left - 4, y: y(tick.value) + 4 })),
      ...columns.map((tick) => label(tick, { class: "middle", x: x(tick.value), y: bottom + 15 })),
      label({ text: "loss" }, { x: 0, y: 11 }),
      label({ text: "step" }, { class: "end", x: right, y: bottom + 15 }),
    );
  }

  /** The curve in words. */
  #tell(): string {
    const [first, last] = [this.#losses[0], this.#losses.at(-1)];
    if (first === undefined || last === undefined) return "nothing trained yet";
    return `from ${first.toPrecision(3)} to ${last.toPrecision(3)} in ${this.#losses.length} steps`;
  }
}

/** Through all losses that are numbers; what is none leaves a gap. */
function line(losses: readonly number[], x: (step: number) => number, y: (loss: number) => number): string {
  let path = "";
  let isDown = false;
  for (const [index, loss] of losses.entries()) {
    if (Number.isFinite(loss)) path += `${isDown ? "L" : "M"}${x(index + 1).toFixed(1)} ${y(loss).toFixed(1)}`;
    isDown = Number.isFinite(loss);
  }
  return path;
}

function shape(name: "line" | "path" | "text", attributes: Readonly<Record<string, number | string>>): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function label({ text }: Pick<Tick, "text">, attributes: Readonly<Record<string, number | string>>): SVGElement {
  const made = shape("text", attributes);
  made.textContent = text;
  return made;
}
