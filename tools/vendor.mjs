// Copies what the pages need of npm packages to where the service serves it: `node tools/vendor.mjs`
// after an update. The copies are committed; tests/backend/web/test_vendor.py compares them.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = { hashes: ["LICENSE", "_u64.js", "sha3.js", "utils.js"], secp256k1: ["LICENSE", "index.js"] };

for (const [name, wanted] of Object.entries(files)) {
  const source = join(root, "node_modules", "@noble", name);
  const target = join(root, "backend", "tallystick", "web", "static", "vendor", `noble-${name}`);
  mkdirSync(target, { recursive: true });
  for (const file of wanted) copyFileSync(join(source, file), join(target, file));
}
