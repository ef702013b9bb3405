// Installs what package-lock.json names, then compiles src/*.sol to target/solc/<Contract>.{abi,bin,runtime}.
// Both steps are skipped when their inputs have not changed, so that a second build costs next to nothing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const output = join(here, "target", "solc");

/** Runs `step` unless the stamp file holds the digest of `inputs` already. */
async function whenChanged(stamp, inputs, step) {
  const digest = createHash("sha256");
  for (const file of inputs) digest.update(file.slice(here.length)).update("\0").update(readFileSync(file)).update("\0");
  const wanted = digest.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  await step();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

const anvil = "@foundry-rs/anvil-linux-amd64/bin/anvil";
const lock = join(here, "package-lock.json");

await whenChanged(join(modules, ".lock-sha256"), [lock], () => {
  // No install scripts: anvil's would download a binary when npm has not delivered it; nothing here needs one.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: here,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (npm.error) fail(`npm could not be started (${npm.error.message}): install Node.js with npm`);
  if (npm.status !== 0) fail(`npm ci failed in ${here}, see above`);
  // npm lets an optional package fail in silence. It is optional because it is native: other platforms set BOE_ANVIL.
  if (process.platform === "linux" && process.arch === "x64" && !existsSync(join(modules, anvil))) {
    fail(`npm ci has not delivered ${anvil}: is the registry reachable?`);
  }
});

const names = readdirSync(join(here, "src")).filter((name) => name.endsWith(".sol")).sort();
const inputs = [lock, fileURLToPath(import.meta.url), ...names.map((name) => join(here, "src", name))];

await whenChanged(join(output, ".inputs-sha256"), inputs, () => {
  const solc = createRequire(join(here, "package.json"))("solc");
  const input = {
    language: "Solidity",
    // Relative names: the bytecode carries a digest of them, and must not depend on where the tree lies.
    sources: Object.fromEntries(names.map((name) => [`src/${name}`, { content: readFileSync(join(here, "src", name), "utf8") }])),
    settings: {
      // Fixed, so that the bytecode runs on every network this may be deployed to, whatever solc's default becomes:
      // the newest that the second implementation of the tests knows too (docs/adr/0011).
      evmVersion: "shanghai",
      optimizer: { enabled: true, runs: 200 },
      outputSelection: Object.fromEntries(
        names.map((name) => [
          `src/${name}`,
          { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"] },
        ]),
      ),
    },
  };
  const read = (path) => {
    const file = join(modules, path);
    return existsSync(file) ? { contents: readFileSync(file, "utf8") } : { error: `not in node_modules: ${path}` };
  };
  const result = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
  for (const problem of result.errors ?? []) console.error(problem.formattedMessage);
  if (result.errors?.length) fail("solc: warnings are errors here");

  mkdirSync(output, { recursive: true });
  for (const contracts of Object.values(result.contracts)) {
    for (const [name, contract] of Object.entries(contracts)) {
      writeFileSync(join(output, `${name}.abi`), JSON.stringify(contract.abi));
      writeFileSync(join(output, `${name}.bin`), contract.evm.bytecode.object);
      // What stands at the contract's address, by which the ledger knows its own contract. With an immutable variable the
      // bytes would differ from deployment to deployment, and comparing them would need to know where.
      if (Object.keys(contract.evm.deployedBytecode.immutableReferences ?? {}).length) fail(`${name} has immutables`);
      writeFileSync(join(output, `${name}.runtime`), contract.evm.deployedBytecode.object);
      console.log(`solc ${solc.version()}: ${name}, ${contract.evm.bytecode.object.length / 2} bytes`);
    }
  }
});
