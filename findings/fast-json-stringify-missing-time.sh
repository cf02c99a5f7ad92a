#!/usr/bin/env bash
# fast-json-stringify writes a missing timestamp as 1970 and cuts off fractions.
#
# Guess: A value that does not match the schema raises an error, or is written as it is.
# What happens: With {"ets": integer, "mid": string}, a null ets is written as 0, a null mid as "", an ets of
#   1533364283909.7 as 1533364283909; members that the schema does not name are left out. Only text that is no
#   number raises.
# Whom it hurts: Collectors that forward events with a compiled serialiser: a missing ets becomes a valid
#   event of 1970, and a null mid an empty one.
# Seen: fast-json-stringify 7.3.10; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . fast-json-stringify@7.3.10
timeout 120 node - fast-json-stringify <<'JS'
const confirm = (asDescribed) => {
  console.log(asDescribed ? "as described" : "ANOTHER BEHAVIOUR NOW");
  process.exit(asDescribed ? 0 : 1);
};
for (const name of process.argv.slice(2)) {
  const { version } = JSON.parse(require("node:fs").readFileSync(`node_modules/${name}/package.json`, "utf8"));
  console.log(name, version);
}

const write = require("fast-json-stringify")({
  type: "object",
  properties: { ets: { type: "integer" }, mid: { type: "string" }, edata: { type: "object", properties: { type: { type: "string" } } } },
});
const missing = write({ ets: null, mid: null });
const fraction = write({ ets: 1533364283909.7, mid: "a" });
const extra = write({ mid: "a", edata: { type: "app", pageid: "home" } });
let raised = false;
try {
  write({ ets: "soon" });
} catch (error) {
  raised = true;
}
console.log("null      :", missing);
console.log("fraction  :", fraction);
console.log("undeclared:", extra);
console.log("text      :", raised ? "raises" : "does not raise");
confirm(missing === '{"ets":0,"mid":""}' && fraction === '{"ets":1533364283909,"mid":"a"}' && !extra.includes("home") && raised);
JS
