#!/usr/bin/env bash
# Without a configured device id telemetry-sdk 1.3.0 loses START and sends the next event twice.
#
# Guess: The SDK finds the did itself, fills it in and sends START, INTERACT, END.
# What happens: START never comes; the INTERACT that follows comes twice with one mid; END counts its duration
#   from the START that nobody received. With a configured did all is well.
# Whom it hurts: Receivers of pages that leave the did to the SDK: sessions without a start, duplicates that
#   are no retries, and one mid twice in one batch.
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

const play = (did) => new Promise((resolve) => {
  const events = [];
  const config = {
    pdata: { id: "p", ver: "1.0", pid: "p" }, env: "e", channel: "c", did, uid: "u", batchsize: 20,
    dispatcher: { dispatch: (event) => events.push(JSON.parse(JSON.stringify(event))) },
  };
  sdk.start(config, "content", "1.0", { type: "app", mode: "play", pageid: "home" });
  sdk.interact({ type: "TOUCH", subtype: "", id: "b", pageid: "home" });
  setTimeout(() => {
    sdk.end({ type: "app", mode: "play", pageid: "home" });
    setTimeout(() => resolve(events), 500);
  }, 2000);
});
(async () => {
  const without = await play("");
  for (const event of without) console.log(event.eid, event.mid, event.context.did ? "with did" : "without did");
  const order = without.map((event) => event.eid).join(" ");
  confirm(order === "INTERACT INTERACT END" && without[0].mid === without[1].mid && without[2].edata.duration > 1.5);
})();
JS
