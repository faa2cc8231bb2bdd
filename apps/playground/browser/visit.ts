import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";

const flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"];

/** WebGPU on the processor, where there is no graphics card. */
const softwareGpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** What Chromium itself says when a page asks for a GPU and there is none. */
const noGpu = "No available adapters.";

/**
 * Starts the Chromium that `CHROMIUM` names, which the check sets.
 *
 * @param gpu - Whether it plays a GPU by software; else it has none.
 */
export async function startBrowser(gpu = false): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: gpu ? [...flags, ...softwareGpu] : [...flags, "--disable-gpu"] });
}

/** How a page is looked at. */
export interface Eyes {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/**
 * Opens the page, lets a person do something, and sees to it that the console has kept still.
 *
 * @param browser - From `startBrowser`.
 * @param url - Of the page.
 * @param eyes - Size and colours.
 * @param act - What the person does.
 */
export async function visit(
  browser: Browser,
  url: string,
  { width = 1400, height = 900, dark = false }: Eyes,
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", acceptDownloads: true });
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && message.text() !== noGpu) said.push(message.text());
  });
  page.on("pageerror", (error) => said.push(error.message));
  page.on("requestfailed", (request) => {
    // What the page itself gave up is no failure.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") said.push(`not loaded: ${request.url()}`);
  });
  try {
    await page.goto(url);
    await page.waitForSelector("html[data-ready]");
    await act(page);
    if (said.length > 0) throw new Error("The console must keep still.");
  } catch (error) {
    throw new Error(`${(error as Error).message} The console: ${said.join("; ")}`, { cause: error });
  } finally {
    await context.close();
  }
}

/**
 * Waits until the text of an element matches.
 *
 * @param page - The page.
 * @param selector - Of the element.
 * @param pattern - What it must become.
 * @param timeout - In milliseconds.
 * @returns The text.
 */
export async function waitForText(page: Page, selector: string, pattern: RegExp, timeout = 30_000): Promise<string> {
  const text = page.locator(selector);
  const end = Date.now() + timeout;
  for (;;) {
    const now = (await text.textContent()) ?? "";
    if (pattern.test(now)) return now;
    if (Date.now() > end) throw new Error(`${selector} must match ${String(pattern)}. Received: ${now}`);
    await page.waitForTimeout(50);
  }
}

/**
 * Drops a file onto the page as a person would.
 *
 * @param page - The page.
 * @param name - Of the file.
 * @param bytes - What is in it.
 */
export async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const data = await page.evaluateHandle(
    ([file, values]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(values)], file));
      return transfer;
    },
    [name, [...bytes]] as const,
  );
  await page.dispatchEvent("#drop", "drop", { dataTransfer: data });
}
