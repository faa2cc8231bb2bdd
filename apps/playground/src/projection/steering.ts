import type { Scatter } from "./scatter.ts";

/** What a person may ask of the canvas beside looking from elsewhere. */
export interface Wishes {
  /** A point was clicked, or nothing. */
  pick(point: number | undefined): void;
  /** The next point, or the one before. */
  step(by: 1 | -1): void;
}

/** Of a pointer that went down and up at about the same place, in CSS pixels: a click. */
const still = 4;
const turn = 0.12;
const shift = 24;

/**
 * Pointers, wheel and keys of a scatter plot: drag turns (or moves, in the plane or with the shift key), two fingers or the wheel zoom.
 *
 * @param canvas - The canvas.
 * @param scatter - What it shows.
 * @param wishes - Who is told.
 */
export function steer(canvas: HTMLCanvasElement, scatter: Scatter, wishes: Wishes): void {
  const down = new Map<number, { x: number; y: number }>();
  let moved = 0;
  let spread = 0;
  const place = ({ clientX, clientY }: PointerEvent): { x: number; y: number } => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const spreadOf = (): number => {
    const [a, b] = [...down.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    if (down.size === 1) moved = 0;
    spread = spreadOf();
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    const now = place(event);
    if (!before) {
      scatter.hover(scatter.pick(now.x, now.y));
      return;
    }
    down.set(event.pointerId, now);
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    moved += Math.abs(dx) + Math.abs(dy);
    const { view } = scatter;
    if (down.size > 1) {
      const next = spreadOf();
      if (spread > 0) scatter.view = { ...view, zoom: (view.zoom * next) / spread };
      spread = next;
    } else if (scatter.flat || event.shiftKey) scatter.view = { ...view, panX: view.panX + dx, panY: view.panY + dy };
    else scatter.view = { ...view, yaw: view.yaw + dx * 0.008, pitch: view.pitch + dy * 0.008 };
  });
  canvas.addEventListener("pointerup", (event) => {
    const { x, y } = place(event);
    if (down.size === 1 && moved <= still) wishes.pick(scatter.pick(x, y));
    down.delete(event.pointerId);
  });
  canvas.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => scatter.hover(undefined));
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { view } = scatter;
      scatter.view = { ...view, zoom: view.zoom * Math.exp(-event.deltaY * 0.0015) };
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !press(event.key, scatter, wishes)) return;
    event.preventDefault();
  });
}

function press(key: string, scatter: Scatter, wishes: Wishes): boolean {
  const { view, flat } = scatter;
  const move = (x: number, y: number): void => {
    scatter.view = flat
      ? { ...view, panX: view.panX + x * shift, panY: view.panY + y * shift }
      : { ...view, yaw: view.yaw + x * turn, pitch: view.pitch + y * turn };
  };
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(-1, 0),
    ArrowRight: () => move(1, 0),
    ArrowUp: () => move(0, -1),
    ArrowDown: () => move(0, 1),
    "+": () => (scatter.view = { ...view, zoom: view.zoom * 1.2 }),
    "=": () => (scatter.view = { ...view, zoom: view.zoom * 1.2 }),
    "-": () => (scatter.view = { ...view, zoom: view.zoom / 1.2 }),
    n: () => wishes.step(1),
    p: () => wishes.step(-1),
    Home: () => scatter.resetView(),
    Escape: () => wishes.pick(undefined),
  };
  const action = actions[key];
  action?.();
  return action !== undefined;
}
