// Builds what the pages load — script, style, one sprite of icons — into static/web/build/.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here("../static/web/build/");
const icons = here("../../../node_modules/@tabler/icons/icons/outline/");

/** Only the icons the pages name; the package holds five thousand. */
async function sprite() {
  const names = JSON.parse(await readFile(here("icons.json"), "utf8"));
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(`${icons}${name}.svg`, "utf8");
      const paths = svg.match(/<(path|circle|rect|line|polyline|ellipse)\b[^>]*\/>/g).join("");
      return `<symbol id="${name}" viewBox="0 0 24 24">${paths}</symbol>`;
    }),
  );
  await writeFile(`${out}icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

const options = {
  entryPoints: ["theme.ts", "app.ts", "call.ts", "app.css"].map((name) => here(name)),
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox121", "safari17.5"],
  legalComments: "linked",
  logLevel: "info",
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await sprite();
if (process.argv.includes("--watch")) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
