// Puts the native tools that npm installed under one project-local roof:
//   .tools/bin/anvil, .tools/bin/forge    development chain and fast test runner
//   .tools/bin/node                       the Node.js that ran the set-up, for the compiler's shebang
//   .tools/solc/solc-v0.8.30              the compiler, where py-solc-x looks ($SOLCX_BINARY_PATH)
// The npm packages do the same in an install script, which npm may be configured not to run.
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;

function link(target, ...path) {
  const location = join(root, ".tools", ...path);
  mkdirSync(dirname(location), { recursive: true });
  rmSync(location, { force: true });
  symlinkSync(target.startsWith(root) ? relative(dirname(location), target) : target, location);
}

function nativeBinary(tool) {
  const name = `@foundry-rs/${tool}-${platform}`;
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), "bin", tool);
  } catch {
    console.error(`No ${tool} for ${platform}: npm did not install the package ${name}.`);
    process.exit(1);
  }
}

for (const tool of ["anvil", "forge"]) {
  link(nativeBinary(tool), "bin", tool);
}
link(process.execPath, "bin", "node");
link(join(root, "tools", "solc.cjs"), "solc", "solc-v0.8.30");
