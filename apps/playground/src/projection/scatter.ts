/** Points on a canvas: turned, moved, zoomed and picked. It knows no tables. */

/** What the canvas shows. */
export interface Cloud {
  /** `[points, space]`. */
  readonly points: Float32Array;
  readonly space: number;
  /** From -1 to 1, or nothing. */
  readonly tones?: Float32Array;
  label(point: number): string;
}

/** Which points stand out. */
export interface Marks {
  readonly selected: number | undefined;
  readonly near: ReadonlySet<number>;
}

const start = { yaw: 0.6, pitch: 0.35, zoom: 1, panX: 0, panY: 0 };
/** How far from a point a click may be, in CSS pixels. */
const reach = 14;
/** A cloud of so few points has all its names written. */
const fewPoints = 24;
/** Of a name, in CSS pixels. */
const lineHeight = 16;

/** A canvas with a cloud of points. */
export class Scatter {
  readonly #canvas: HTMLCanvasElement;
  #cloud: Cloud | undefined;
  #marks: Marks = { selected: undefined, near: new Set() };
  #hovered: number | undefined;
  #view = { ...start };
  #centre = [0, 0, 0];
  #radius = 1;
  /** On the screen, in CSS pixels: x, y and depth of each point. */
  #screen = new Float32Array();
  #pending = false;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** How the cloud is turned and where it is. */
  get view(): Readonly<typeof start> {
    return this.#view;
  }

  /** Turns, moves or zooms. */
  set view(view: typeof start) {
    this.#view = { ...view, zoom: Math.min(40, Math.max(0.2, view.zoom)), pitch: Math.min(1.57, Math.max(-1.57, view.pitch)) };
    this.draw();
  }

  get flat(): boolean {
    return this.#cloud?.space !== 3;
  }

  resetView(): void {
    this.view = { ...start };
  }

  /** Shows other points. */
  show(cloud: Cloud | undefined): void {
    this.#cloud = cloud;
    this.#hovered = undefined;
    this.#fit();
    this.draw();
  }

  mark(marks: Marks): void {
    this.#marks = marks;
    this.draw();
  }

  hover(point: number | undefined): void {
    if (point === this.#hovered) return;
    this.#hovered = point;
    this.draw();
  }

  /** The point at a place of the canvas, in CSS pixels: of those in reach the nearest to the eye. */
  pick(x: number, y: number): number | undefined {
    let best: number | undefined;
    let least = Infinity;
    for (let point = 0; point * 3 < this.#screen.length; point++) {
      const distance = Math.hypot((this.#screen[point * 3] as number) - x, (this.#screen[point * 3 + 1] as number) - y);
      // A little farther off and much nearer to the eye is what one meant.
      const cost = distance + (this.#screen[point * 3 + 2] as number);
      if (distance <= reach && cost < least) [best, least] = [point, cost];
    }
    return best;
  }

  /** Draws with the next frame. */
  draw(): void {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#paint();
    });
  }

  /** Middle and size of the cloud; a few points far out do not make the others small. */
  #fit(): void {
    const { points, space } = this.#cloud ?? { points: new Float32Array(), space: 2 };
    const count = points.length / space;
    if (count === 0) return;
    this.#centre = [0, 1, 2].map((axis) => {
      let sum = 0;
      if (axis < space) for (let point = 0; point < count; point++) sum += points[point * space + axis] as number;
      return sum / count;
    });
    const distances = Float32Array.from({ length: count }, (_, point) =>
      Math.hypot(...this.#centre.slice(0, space).map((middle, axis) => (points[point * space + axis] as number) - middle)),
    ).sort();
    this.#radius = (distances[Math.floor((count - 1) * 0.98)] as number) || 1;
  }

  #paint(): void {
    const canvas = this.#canvas;
    const { clientWidth: width, clientHeight: height } = canvas;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext("2d");
    if (!context) return;
    context.scale(scale, scale);
    context.clearRect(0, 0, width, height);
    const cloud = this.#cloud;
    if (!cloud) return;
    this.#toScreen(cloud, width, height);
    const style = getComputedStyle(canvas);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`) || style.color;
    const colours = { point: colour("point"), warm: colour("warm"), cold: colour("cold"), near: colour("near"), accent: colour("accent") };
    const screen = this.#screen;
    const order = Array.from({ length: screen.length / 3 }, (_, point) => point).sort(
      (a, b) => (screen[b * 3 + 2] as number) - (screen[a * 3 + 2] as number),
    );
    const size = order.length > 600 ? 2.5 : 4;
    for (const point of order) {
      const tone = cloud.tones?.[point] ?? 0;
      const isNear = this.#marks.near.has(point);
      const isSelected = point === this.#marks.selected;
      context.globalAlpha = isNear || isSelected ? 1 : cloud.tones ? 0.25 + 0.65 * Math.min(1, Math.abs(tone)) : 0.75;
      context.fillStyle = isSelected
        ? colours.accent
        : isNear
          ? colours.near
          : cloud.tones
            ? tone < 0
              ? colours.cold
              : colours.warm
            : colours.point;
      context.beginPath();
      const depth = screen[point * 3 + 2] as number;
      context.arc(
        screen[point * 3] as number,
        screen[point * 3 + 1] as number,
        (isNear || isSelected ? size * 1.7 : size) * (1 - depth / 24),
        0,
        7,
      );
      context.fill();
    }
    this.#write(context, cloud, style.color, style.backgroundColor, order);
  }

  #write(context: CanvasRenderingContext2D, cloud: Cloud, ink: string, ground: string, order: readonly number[]): void {
    context.globalAlpha = 1;
    context.font = getComputedStyle(this.#canvas).font;
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const named = order.length <= fewPoints ? order : [...this.#marks.near];
    const written = new Set([...named, this.#hovered, this.#marks.selected].filter((point) => point !== undefined));
    // The selected one has its name where it belongs, the others give way.
    const placed: Box[] = [];
    for (const point of [...written].reverse()) {
      const [x = 0, y = 0] = this.#screen.subarray(point * 3, point * 3 + 2);
      const text = cloud.label(point);
      const { width } = context.measureText(text);
      const left = x + 9 + width > this.#canvas.clientWidth ? x - 9 - width : x + 9;
      const box = findRoom({ left, top: y - lineHeight / 2, width }, placed);
      placed.push(box);
      context.strokeStyle = ground;
      context.lineWidth = 4;
      context.strokeText(text, left, box.top + lineHeight / 2);
      context.fillStyle = ink;
      context.fillText(text, left, box.top + lineHeight / 2);
    }
  }

  #toScreen({ points, space }: Cloud, width: number, height: number): void {
    const { yaw, pitch, zoom, panX, panY } = this.#view;
    const [sinYaw, cosYaw, sinPitch, cosPitch] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
    const unit = ((Math.min(width, height) / 2) * 0.85 * zoom) / this.#radius;
    const count = points.length / space;
    if (this.#screen.length !== count * 3) this.#screen = new Float32Array(count * 3);
    for (let point = 0; point < count; point++) {
      const at = (axis: number): number => (axis < space ? (points[point * space + axis] as number) - (this.#centre[axis] as number) : 0);
      let [x, y, depth] = [at(0), at(1), 0];
      if (space === 3) {
        const turned = at(2) * cosYaw - x * sinYaw;
        x = x * cosYaw + at(2) * sinYaw;
        depth = (turned * cosPitch + y * sinPitch) / this.#radius;
        y = y * cosPitch - turned * sinPitch;
      }
      // The eye is four radii off.
      const perspective = space === 3 ? 4 / Math.max(0.5, 4 + depth) : 1;
      this.#screen[point * 3] = width / 2 + panX + x * unit * perspective;
      this.#screen[point * 3 + 1] = height / 2 + panY - y * unit * perspective;
      this.#screen[point * 3 + 2] = depth * 4;
    }
  }
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

/** The same box, moved down past those that are there. */
function findRoom(box: Box, placed: readonly Box[]): Box {
  const inTheWay = placed.find(
    ({ left, top, width }) => box.left < left + width && left < box.left + box.width && Math.abs(box.top - top) < lineHeight,
  );
  return inTheWay ? findRoom({ ...box, top: inTheWay.top + lineHeight }, placed) : box;
}
