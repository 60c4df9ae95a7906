import react from "@vitejs/plugin-react";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

/** Puts the one script and the one style sheet into the page, so that it opens from a disk, without a server and without a network. */
function oneFile(): Plugin {
  return {
    name: "one-file",
    // After everything is written: until then the script still has places that are filled in last.
    writeBundle({ dir }, bundle) {
      const page = Object.values(bundle).find((file) => file.fileName.endsWith(".html"));
      if (page?.type !== "asset" || dir === undefined) throw new Error("the replay has no page");
      let html = String(page.source).replaceAll(/<script type="module"[^>]*><\/script>|<link rel="stylesheet"[^>]*>/g, "");
      for (const file of Object.values(bundle)) {
        if (file === page) continue;
        // A closing tag in a string of the script would end the script.
        const text = (file.type === "chunk" ? file.code : String(file.source)).replaceAll("</script", "<\\/script");
        html =
          file.type === "chunk"
            ? html.replace("</body>", () => `<script type="module">${text}</script></body>`)
            : html.replace("</head>", () => `<style>${text}</style></head>`);
        rmSync(join(dir, file.fileName));
      }
      writeFileSync(join(dir, page.fileName), html);
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [react(), oneFile()],
  build: {
    outDir: "dist",
    emptyOutDir: false,
    sourcemap: false,
    target: "es2023",
    cssCodeSplit: false,
    modulePreload: false,
    assetsInlineLimit: () => true,
    rollupOptions: { input: "replay.html", output: { inlineDynamicImports: true } },
  },
});
