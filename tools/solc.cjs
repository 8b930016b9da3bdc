#!/usr/bin/env node
// Stands in for the native Solidity compiler, with the same compiler built to WebAssembly (npm
// package `solc`). Brownie and forge start it as an executable and use only two of its modes:
//   solc --version          answered without loading the compiler, since they ask before each run
//   solc --standard-json    JSON input on stdin, JSON output on stdout
// Imports are read relative to --base-path, or to the working directory. All other flags
// (`--allow-paths`, ...) only narrow what may be read and are accepted without effect.
"use strict";

const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");
const { text } = require("node:stream/consumers");

const VERSION = "0.8.30+commit.73712a01";

/** The value that follows a command-line flag, if the flag was given. */
function flag(name) {
  const index = process.argv.indexOf(name);
  return index < 0 ? undefined : process.argv[index + 1];
}

/** The compiler's import callback, reading files below `base`. */
function importer(base) {
  return (path) => {
    try {
      return { contents: readFileSync(resolve(base, path), "utf8") };
    } catch (error) {
      return { error: `cannot read ${path}: ${error.code}` };
    }
  };
}

async function compile() {
  const solc = require("solc");
  if (!solc.version().startsWith(VERSION)) {
    throw new Error(`expected compiler ${VERSION}, found ${solc.version()}`);
  }
  const input = await text(process.stdin);
  return solc.compile(input, { import: importer(flag("--base-path") ?? process.cwd()) });
}

async function main() {
  if (process.argv.includes("--version")) {
    return `solc, the solidity compiler commandline interface\nVersion: ${VERSION}.Emscripten.clang\n`;
  }
  if (process.argv.includes("--standard-json")) {
    return compile();
  }
  throw new Error("only --version and --standard-json are supported");
}

main().then(
  (output) => process.stdout.write(output),
  (error) => {
    process.stderr.write(`solc: ${error.message}\n`);
    process.exitCode = 1;
  },
);
