#!/usr/bin/env bash
# telemetry-sdk 1.3.0 reports a load time of more than fifty years.
#
# Guess: START.edata.duration, the load time in seconds, is left out or 0 if the caller gives none.
# What happens: The SDK fills in the seconds since 1970, such as 1796046716.92. Version 2.0.1 writes 0.
# Whom it hurts: Analysts of load times: one such START outweighs a billion true ones in a mean, and a schema
#   that asks for a number accepts it.
# Seen: @project-sunbird/telemetry-sdk 1.3.0, jsdom 24.1.3; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @project-sunbird/telemetry-sdk@1.3.0 jsdom@24.1.3
timeout 120 node - @project-sunbird/telemetry-sdk jsdom <<'JS'
const confirm = (asDescribed) => {
  console.log(asDescribed ? "as described" : "ANOTHER BEHAVIOUR NOW");
  process.exit(asDescribed ? 0 : 1);
};
for (const name of process.argv.slice(2)) {
  const { version } = JSON.parse(require("node:fs").readFileSync(`node_modules/${name}/package.json`, "utf8"));
  console.log(name, version);
}

const { JSDOM, VirtualConsole } = require("jsdom");
const { window } = new JSDOM("<!doctype html>", { url: "http://127.0.0.1/", runScripts: "outside-only", virtualConsole: new VirtualConsole() });
window.eval(require("node:fs").readFileSync("node_modules/@project-sunbird/telemetry-sdk/index.js", "utf8"));
const sdk = window.EkTelemetry;

const events = [];
const config = {
  pdata: { id: "p", ver: "1.0", pid: "p" }, env: "e", channel: "c", did: "d", uid: "u", batchsize: 20,
  dispatcher: { dispatch: (event) => events.push(JSON.parse(JSON.stringify(event))) },
};
sdk.start(config, "content", "1.0", { type: "app", mode: "play", pageid: "home" });
setTimeout(() => {
  const { eid, ets, edata } = events[0];
  console.log(eid, "ets", ets, "duration", edata.duration, "- years:", Math.floor(edata.duration / 31556952));
  confirm(eid === "START" && Math.abs(edata.duration - ets / 1000) < 60);
}, 500);
JS
