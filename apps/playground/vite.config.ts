import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig } from "vite";
import { assetsPlugin } from "./build/assets-plugin.ts";

/** With these a page may share memory with workers; without them everything works on memory of its own. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

export default defineConfig({
  // It can be put into any folder of a server.
  base: "./",
  plugins: [assetsPlugin()],
  resolve: { conditions: ["@rowan/source", ...defaultClientConditions] },
  server: { headers: isolation },
  preview: { headers: isolation },
  build: {
    target: "es2023",
    outDir: "dist",
    emptyOutDir: true,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { input: ["index.html", "choosing.html"].map((page) => fileURLToPath(new URL(page, import.meta.url))) },
  },
});
