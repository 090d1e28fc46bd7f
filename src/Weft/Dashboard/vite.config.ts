import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const bundled = ["uplot", "@dagrejs/dagre", "@dagrejs/graphlib"];

/** The sources that the output was made of, so that a test can tell whether it is theirs. */
function sources(): string {
  const files = ["index.html", "package-lock.json", "tsconfig.json", "vite.config.ts", ...walk("src")].sort();
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  }
  return `${hash.digest("hex")}\n`;
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? walk(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]));
}

/** Licences of what is bundled, which must go where it goes. */
function licenses(): string {
  return bundled.map((name) => `${name}\n\n${readFileSync(join("node_modules", name, "LICENSE"), "utf8").trim()}\n`).join("\n----\n\n");
}

const notices: Plugin = {
  name: "notices",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "sources.sha256", source: sources() });
    this.emitFile({ type: "asset", fileName: "licenses.txt", source: licenses() });
  },
};

export default defineConfig({
  base: "./",
  plugins: [notices],
  build: {
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Names without hashes: the server sends a tag with each file, and the history stays readable.
    rollupOptions: { output: { entryFileNames: "[name].js", assetFileNames: "[name][extname]" } },
  },
  server: { proxy: { "/api": "http://127.0.0.1:9870" } },
});
