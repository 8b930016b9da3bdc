// Copies what the pages need of npm packages to where the service serves it: `node tools/vendor.mjs`
// after an update. The copies are committed; tests/backend/web/test_vendor.py compares them.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "node_modules", "@noble", "hashes");
const target = join(root, "backend", "tallystick", "web", "static", "vendor", "noble-hashes");

mkdirSync(target, { recursive: true });
for (const file of ["LICENSE", "_u64.js", "sha3.js", "utils.js"]) {
  copyFileSync(join(source, file), join(target, file));
}
