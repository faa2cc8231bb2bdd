import { expect, test, vi } from "vitest";
import { paint } from "./paint.ts";

const terminal = { isTTY: true, write: (): boolean => true };

test("colours are for terminals, and for those who want them", () => {
  vi.stubEnv("NO_COLOR", "");
  vi.stubEnv("FORCE_COLOR", undefined);
  vi.stubEnv("TERM", "xterm");
  expect(paint(terminal, "red", "x")).toBe("\u001b[31mx\u001b[39m");
  expect(paint({ write: (): boolean => true }, "red", "x")).toBe("x");
  vi.stubEnv("NO_COLOR", "1");
  expect(paint(terminal, "red", "x")).toBe("x");
  vi.stubEnv("NO_COLOR", "");
  vi.stubEnv("TERM", "dumb");
  expect(paint(terminal, "red", "x")).toBe("x");
  vi.stubEnv("TERM", "xterm");
  vi.stubEnv("FORCE_COLOR", "0");
  expect(paint(terminal, "red", "x")).toBe("x");
  vi.unstubAllEnvs();
});
