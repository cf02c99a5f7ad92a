#!/usr/bin/env bash
# json-bigint turns an exponent timestamp into an object, and adding a millisecond appends a digit.
#
# Guess: Only integers beyond 2^53 become BigNumber objects; 1.533364283909E12 is a safe number and stays one.
# What happens: The choice goes by the length of the text: more than 15 characters make an object. ets in
#   exponent form and a duration like 10.119000000000001 become objects; ets + 1 is the string 15333642839091.
# Whom it hurts: Node.js consumers that chose json-bigint for safe ids and read events of a Java pipeline (ets
#   as a double): arithmetic on ets becomes text, and only for some events.
# Seen: json-bigint 1.0.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . json-bigint@1.0.0
timeout 120 node - json-bigint <<'JS'
const confirm = (asDescribed) => {
  console.log(asDescribed ? "as described" : "ANOTHER BEHAVIOUR NOW");
  process.exit(asDescribed ? 0 : 1);
};
for (const name of process.argv.slice(2)) {
  const { version } = JSON.parse(require("node:fs").readFileSync(`node_modules/${name}/package.json`, "utf8"));
  console.log(name, version);
}

const parse = require("json-bigint").parse;
const plain = parse('{"ets":1533364283909,"duration":10.119}');
const exponent = parse('{"ets":1.533364283909E12,"duration":10.119000000000001}');
console.log("as an integer :", typeof plain.ets, plain.ets + 1, typeof plain.duration);
console.log("as an exponent:", typeof exponent.ets, exponent.ets + 1, typeof exponent.duration);
confirm(typeof plain.ets === "number" && exponent.ets + 1 === "15333642839091" && typeof exponent.duration === "object");
JS
