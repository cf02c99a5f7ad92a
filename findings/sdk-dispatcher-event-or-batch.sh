#!/usr/bin/env bash
# The dispatcher of telemetry-sdk receives an event in 1.3.0 and a batch in 2.0.1.
#
# Guess: dispatch(event) is called once an event in both, as the guide of 2.0.1 says.
# What happens: 1.3.0 calls it with each event at once. 2.0.1 calls it with a batch {id, ver, params, ets,
#   events}, when the batch is full or END comes.
# Whom it hurts: People who move an own dispatcher to the new version: event.eid is undefined, and events
#   before the first full batch seem lost.
# Seen: @project-sunbird/telemetry-sdk 1.3.0 and 2.0.1, jsdom 24.1.3; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . sdk1@npm:@project-sunbird/telemetry-sdk@1.3.0 sdk2@npm:@project-sunbird/telemetry-sdk@2.0.1 jsdom@24.1.3
timeout 120 node - sdk1 sdk2 jsdom <<'JS'
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
window.eval(require("node:fs").readFileSync("node_modules/sdk1/index.js", "utf8"));
const calls = { "1.3.0": [], "2.0.1": [] };
const config = (version) => ({
  pdata: { id: "p", ver: "1.0", pid: "p" }, env: "e", channel: "c", did: "d", uid: "u", batchsize: 20,
  dispatcher: { dispatch: (argument) => calls[version].push(argument.eid ?? `batch of ${argument.events.length}`) },
});
const play = async (sdk, version) => {
  await sdk.start(config(version), "content", "1.0", { type: "app", mode: "play", pageid: "home" });
  sdk.interact({ type: "TOUCH", subtype: "", id: "b", pageid: "home" });
  sdk.end({ type: "app", mode: "play", pageid: "home" });
};
(async () => {
  await play(window.EkTelemetry, "1.3.0");
  const { $t } = require("sdk2");
  $t.initialize(config("2.0.1"));
  await play($t, "2.0.1");
  setTimeout(() => {
    console.log(calls);
    confirm(calls["1.3.0"].join(" ") === "START INTERACT END" && calls["2.0.1"].join() === "batch of 3");
  }, 500);
})();
JS
