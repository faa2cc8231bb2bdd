import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage, serve } from "./serve.ts";
import type { Served } from "./serve.ts";
import { drop, startBrowser, visit, waitForText } from "./visit.ts";

let folder: string;
let isolated: Served;
let plain: Served;
let browser: Browser;

beforeAll(async () => {
  folder = await buildPage();
  [isolated, plain, browser] = await Promise.all([serve(folder, "isolated"), serve(folder, "plain"), startBrowser()]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  isolated.close();
  plain.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Pictures are kept where somebody wants to look at them. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const pictures = process.env["ROWAN_PICTURES"];
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

async function trainTenWords(page: Page): Promise<void> {
  await page.click("#train-tutorial");
  await waitForText(page, "#training-state", /^Epoch 60 of 60: loss \d\.\d+e-\d+$/);
}

/** What is written on the axes of the loss curve; each text lies inside of the picture, and clear of the others. */
async function readAxes(page: Page): Promise<string[]> {
  const places = await page.locator("#curve, #curve text").evaluateAll((all) =>
    all.map((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return { text: one.tagName === "text" ? one.textContent : "", left, right, top, bottom };
    }),
  );
  const [frame, ...texts] = places as [(typeof places)[number], ...typeof places];
  for (const one of texts) {
    const isInside = one.left >= frame.left && one.right <= frame.right && one.top >= frame.top && one.bottom <= frame.bottom;
    expect(isInside, `"${one.text}" lies inside`).toBe(true);
    for (const other of texts) {
      const isClear = one.right < other.left || other.right < one.left || one.bottom <= other.top || other.bottom <= one.top;
      expect(one === other || isClear, `"${one.text}" lies clear of "${other.text}"`).toBe(true);
    }
  }
  return texts.map(({ text }) => text);
}

test("a page without storage, as in a sandbox, chooses all the same, and says nothing in the console", async () => {
  const sandboxed = await serve(folder, "sandboxed");
  try {
    await visit(browser, sandboxed.url, {}, async (page) => {
      const refused = await page.evaluate(() => {
        try {
          return typeof localStorage;
        } catch (error) {
          return (error as Error).name;
        }
      });
      expect(refused).toBe("SecurityError");
      await page.click("#measure");
      await waitForText(page, "#explanation", /it was the fastest when measured/);
      await trainTenWords(page);
    });
  } finally {
    sandboxed.close();
  }
});

describe.each([
  ["cross-origin isolated", true],
  ["not isolated", false],
])("%s", (_name, wanted) => {
  const url = (): string => (wanted ? isolated : plain).url;

  test("says what computes, and lets one choose", async () => {
    await visit(browser, url(), {}, async (page) => {
      expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(wanted);
      await waitForText(page, "#backends", new RegExp(`WASM SIMD, ${wanted ? "shared" : "unshared"} memory`));
      expect(await page.isDisabled('#backends input[value="webgpu"]')).toBe(true);
      await waitForText(page, "#backends", /webgpu.*(adapter|GPU)/);
      await page.check('#backends input[value="plain"]');
      await waitForText(page, "#explanation", /^Chosen: plain \(plain TypeScript\): it was asked for by its name\./);
      await page.click("#measure");
      const text = await waitForText(page, "#explanation", /it was the fastest when measured/);
      expect(text).toMatch(/cpu +\d.* ms a call/);
      const [, chosen = ""] = /^Chosen: (\S+)/.exec(text) ?? [];
      expect(await page.isChecked(`#backends input[value="${chosen}"]`)).toBe(true);
    });
  });

  test("what was measured is kept in the page's storage, and found there again", async () => {
    await visit(browser, url(), {}, async (page) => {
      await page.click("#measure");
      await waitForText(page, "#explanation", /it was the fastest when measured/);
      const kept = await page.evaluate(() => localStorage.getItem("rowan.selection"));
      expect(kept).toContain('"choices"');
    });
  });

  test("choosing.html tells what is chosen, and the same again comes from the storage", async () => {
    const withGpu = await startBrowser(true);
    try {
      await visit(withGpu, `${url()}choosing.html`, {}, async (page) => {
        await waitForText(page, "#state", /^Done: cold at most \d+ ms/);
        const rows = await page.locator("#settings tr").allInnerTexts();
        expect(rows).toHaveLength(19);
        for (const row of rows.slice(1))
          expect(row).toMatch(/^(lookup|train) .+\t(cpu|plain|tfjs)\t.+\tcache\t.+webgpu (passedOver|notLoaded)/);
        const report = process.env["ROWAN_CHOOSING"];
        const where = await page.textContent("#where");
        if (report) appendFileSync(report, `${where ?? ""}\n${rows.join("\n")}\n${(await page.textContent("#state")) ?? ""}\n\n`);
      });
    } finally {
      await withGpu.close();
    }
  }, 120_000);

  test("trains ten words, looks them up, and finds neighbours by click, key and name", async () => {
    await visit(browser, url(), {}, async (page) => {
      await trainTenWords(page);
      await expect.poll(() => page.getAttribute("#curve", "aria-label")).toMatch(/^Loss curve: from 0\.\d+ to .+ in 600 steps$/);
      expect((await readAxes(page)).join(" ")).toMatch(/^0 0\.\d+ (0\.\d+ )+200 400 loss step$/);
      await page.fill("#ids", "three, 1");
      await page.click("#lookup button");
      await waitForText(page, "#lookup-state", /^\(2, 4\) in /);
      // Where the stair has its fourth step: cos 2.7, sin 2.7, 3 / 4.5 - 1, 1.
      const row = await page.locator("#rows tr").first().locator("td").allTextContents();
      const goal = [Math.cos(2.7), Math.sin(2.7), 3 / 4.5 - 1, 1];
      row.forEach((text, i) => expect(Number(text)).toBeCloseTo(goal[i] ?? NaN, 1));
      await page.selectOption("#metric", "euclidean");
      await page.fill("#wanted", "two");
      await page.keyboard.press("Enter");
      await waitForText(page, "#selected", /^two \(row 2\)\. Nearest: /);
      expect(await page.locator("#neighbours li").count()).toBe(9);
      await page.locator("#neighbours button").first().click();
      await waitForText(page, "#selected", /^(?!two)\w+ \(row \d\)/);
      await page.focus("#scatter");
      await page.keyboard.press("Escape");
      await waitForText(page, "#selected", /^No row is selected/);
      await page.keyboard.press("n");
      await waitForText(page, "#selected", /^zero \(row 0\)/);
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Escape");
      await clickSomePoint(page);
      await waitForText(page, "#selected", /^\w+ \(row \d\)\. Nearest: /);
    });
  });

  test("saves a table, and opens it again when it is dropped", async () => {
    await visit(browser, url(), {}, async (page) => {
      await trainTenWords(page);
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
      const bytes = readFileSync(await download.path());
      await page.reload();
      await page.waitForSelector("html[data-ready]");
      await drop(page, "ten.rowan", bytes);
      await waitForText(page, "#table-state", /^ten\.rowan, .+: 10 rows of 4 values\.$/);
      await page.fill("#wanted", "seven");
      await page.keyboard.press("Enter");
      await waitForText(page, "#selected", /^seven \(row 7\)/);
      // A byte that is not as it was written is told, and what is shown stays.
      bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
      await drop(page, "broken.rowan", bytes);
      await waitForText(page, "#table-state", /broken|checksum|CRC/i);
      await page.fill("#ids", "seven");
      await page.click("#lookup button");
      await waitForText(page, "#lookup-state", /^\(1, 4\)/);
    });
  });
});

test("learns to tell Moby-Dick from addresses, live, and judges a sentence", async () => {
  await visit(browser, isolated.url, { dark: true }, async (page) => {
    await page.click("#train-passages");
    await waitForText(page, "#training-state", /^Right for (9[89]|100)\.\d % of \d+ passages/, 90_000);
    await waitForText(page, "#verdict", /^Moby-Dick, \d+ % sure$/);
    await page.fill("#sentence", "the secretary of the treasury reports the receipts and expenditures of the government");
    await waitForText(page, "#verdict", /^An address, \d+ % sure$/);
    await page.selectOption("#metric", "euclidean");
    await page.selectOption("#method", "alike");
    await page.fill("#wanted", "whale");
    await page.keyboard.press("Enter");
    await waitForText(page, "#selected", /^whale \(row \d+\)\. Nearest: /);
    await waitForText(page, "#projection-state", /axes drawn at one size.+Blue: addresses; orange: Moby-Dick\./);
    await page.fill("#ids", "whale, congress, ship, treasury");
    await page.click("#lookup button");
    await waitForText(page, "#lookup-state", /^\(4, 8\)/);
    await keepPicture(page, "playground");
  });
}, 120_000);

test("a training can be stopped, and keeps its backend meanwhile", async () => {
  await visit(browser, isolated.url, {}, async (page) => {
    // Inside of the page: on a fast machine the training ends before clicks from outside arrive.
    const kept = await page.evaluate(`(async () => {
      const at = (selector) => document.querySelector(selector);
      const until = async (holds) => { while (!holds()) await new Promise((resolve) => setTimeout(resolve)); };
      at("#train-passages").click();
      await until(() => !at("#stop").disabled);
      at('#backends input[value="plain"]').click();
      await until(() => at("#explanation").textContent.startsWith("A training is running") || at("#stop").disabled);
      const result = { told: at("#explanation").textContent, isChecked: at('#backends input[value="cpu"]').checked };
      at("#stop").click();
      return result;
    })()`);
    expect(kept).toEqual({ told: expect.stringMatching(/^A training is running/), isChecked: true });
    await page.waitForSelector("#train-tutorial:enabled");
    const curve = (await page.getAttribute("#curve", "aria-label")) ?? "";
    // Three epochs have 399 steps.
    expect(Number(/in (\d+) steps$/.exec(curve)?.[1] ?? 0)).toBeLessThan(399);
  });
});

test("a GPU that is software is named as such, computes when it is asked for by name, and is not chosen by measuring", async () => {
  const withGpu = await startBrowser(true);
  try {
    await visit(withGpu, isolated.url, {}, async (page) => {
      await trainTenWords(page);
      await waitForText(page, "#backends", /webgpu.+is software: right, and slow/);
      await page.check('#backends input[value="webgpu"]');
      await waitForText(page, "#explanation", /^Chosen: webgpu .+ it was asked for by its name\./);
      await page.fill("#ids", "nine");
      await page.click("#lookup button");
      await waitForText(page, "#lookup-state", /^\(1, 4\)/);
      await page.click("#measure");
      await waitForText(page, "#explanation", /^Chosen: (?!webgpu)[^]+webgpu +(passed over|not loaded): /);
    });
  } finally {
    await withGpu.close();
  }
});

test("a GPU that is lost in the middle is told, and the table goes on elsewhere; it can be taken again", async () => {
  const withGpu = await startBrowser(true);
  try {
    await visit(withGpu, plain.url, {}, async (page) => {
      await page.evaluate(`{
        const open = GPUAdapter.prototype.requestDevice;
        GPUAdapter.prototype.requestDevice = async function (...wishes) {
          globalThis.lastDevice = await open.apply(this, wishes);
          return globalThis.lastDevice;
        };
      }`);
      await trainTenWords(page);
      await page.check('#backends input[value="webgpu"]');
      await waitForText(page, "#explanation", /^Chosen: webgpu/);
      const lose = (): Promise<unknown> => page.evaluate("globalThis.lastDevice.destroy(), globalThis.lastDevice.lost.then(() => true)");
      await lose();
      await page.fill("#ids", "nine");
      await page.click("#lookup button");
      await waitForText(page, "#lookup-state", /^The GPU was lost/);
      await waitForText(page, "#explanation", /^The GPU of webgpu was lost\. The table moved to cpu/);
      expect(await page.isChecked('#backends input[value="cpu"]')).toBe(true);
      await page.click("#lookup button");
      await waitForText(page, "#lookup-state", /^\(1, 4\)/);
      // Another device, and lost again while a model learns on it.
      await page.check('#backends input[value="webgpu"]');
      await waitForText(page, "#explanation", /^Chosen: webgpu/);
      await page.click("#train-tutorial");
      await waitForText(page, "#training-state", /^Epoch [2-9]/);
      await lose();
      await waitForText(page, "#training-state", /^The GPU was lost/);
      await waitForText(page, "#explanation", /moved to cpu/);
      await trainTenWords(page);
    });
  } finally {
    await withGpu.close();
  }
}, 120_000);

test("a training that was stopped can be begun again, before its first step too, and a page may be left while it runs", async () => {
  await visit(browser, isolated.url, {}, async (page) => {
    await page.click("#train-passages");
    await page.click("#stop");
    await waitForText(page, "#training-state", /^Stopped/);
    await page.waitForSelector("#train-passages:enabled");
    await page.click("#train-passages");
    await waitForText(page, "#training-state", /^Epoch 1 of 3/, 60_000);
    await page.click("#stop");
    await waitForText(page, "#training-state", /^Stopped\. Right for/);
    await page.click("#train-tutorial");
    await waitForText(page, "#training-state", /^Epoch \d+ of 60/);
    await page.goto("about:blank");
  });
}, 90_000);

test("everything can be done by keys alone", async () => {
  await visit(browser, isolated.url, {}, async (page) => {
    const press = async (selector: string, key: string): Promise<void> => {
      await tabTo(page, selector);
      await page.keyboard.press(key);
    };
    await press('#backends input[value="cpu"]', "ArrowDown");
    await waitForText(page, "#explanation", /^Chosen: plain/);
    await press("#train-tutorial", "Enter");
    await waitForText(page, "#training-state", /^Epoch 60 of 60/);
    await press("#method", "ArrowDown");
    await waitForText(page, "#projection-state", /axes drawn at one size/);
    await press("#space", "ArrowDown");
    await waitForText(page, "#projection-state", /hold \d+ %, \d+ % of/);
    await press("#scatter", "n");
    await waitForText(page, "#selected", /^zero \(row 0\)\. Nearest: /);
    await press("#neighbours button", "Enter");
    await waitForText(page, "#selected", /^(?!zero)\w+ \(row/);
    await tabTo(page, "#wanted");
    await page.keyboard.type("six");
    await page.keyboard.press("Enter");
    await waitForText(page, "#selected", /^six \(row 6\)/);
    await press("#ids", "Enter");
    await waitForText(page, "#lookup-state", /^\(4, 4\)/);
    await press("#theme", "Enter");
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
  });
});

test("fits a phone, in light and dark", async () => {
  for (const dark of [false, true]) {
    await visit(browser, isolated.url, { width: 360, height: 780, dark }, async (page) => {
      await trainTenWords(page);
      const [inner, scroll] = await page.evaluate(() => [window.innerWidth, document.documentElement.scrollWidth] as const);
      expect(scroll).toBeLessThanOrEqual(inner);
      expect(await page.textContent("#theme")).toBe(dark ? "Light" : "Dark");
      expect(await readAxes(page)).toEqual(expect.arrayContaining(["0", "200", "400", "loss", "step"]));
      await keepPicture(page, `phone-${dark ? "dark" : "light"}`);
      const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const before = await ground();
      await page.click("#theme");
      expect(await ground()).not.toBe(before);
    });
  }
});

test("every control has a name, and the tab key reaches all of them", async () => {
  await visit(browser, isolated.url, {}, async (page) => {
    await trainTenWords(page);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, input, select, canvas, svg[role]")]
        .filter((one) => {
          const labels = "labels" in one ? ((one as HTMLInputElement).labels ?? []) : [];
          return one.checkVisibility() && !one.getAttribute("aria-label") && one.textContent.trim() === "" && labels.length === 0;
        })
        .map((one) => one.outerHTML),
    );
    expect(nameless).toEqual([]);
    await page.focus("#theme");
    const reached = new Set<string>();
    for (let press = 0; press < 40; press++) {
      reached.add(await page.evaluate(() => document.activeElement?.id ?? ""));
      await page.keyboard.press("Tab");
    }
    for (const id of [
      "theme",
      "measure",
      "file",
      "save",
      "train-tutorial",
      "method",
      "space",
      "scatter",
      "wanted",
      "metric",
      "ids",
      "rows",
    ]) {
      expect([...reached]).toContain(id);
    }
  });
});

/** Presses the tab key until an element has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let press = 0; press < 60; press++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`The tab key must reach ${selector}.`);
}

/** Clicks over the canvas until a point was hit; ten points lie somewhere about its middle. */
async function clickSomePoint(page: Page): Promise<void> {
  const box = await page.locator("#scatter").boundingBox();
  if (!box) throw new Error("the canvas must be seen");
  for (let y = 0.1; y < 0.95; y += 0.025) {
    for (let x = 0.1; x < 0.95; x += 0.03) {
      await page.mouse.click(box.x + x * box.width, box.y + y * box.height);
      if ((await page.textContent("#selected"))?.startsWith("No row") === false) return;
    }
  }
}
