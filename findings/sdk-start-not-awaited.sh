#!/usr/bin/env bash
# Used as its guide shows, telemetry-sdk 2.0.1 sends START after other events and drops an early END.
#
# Guess: start(), interact() and end() in a row, as in the package's guide, give START, INTERACT, END.
# What happens: Without a configured did, start() waits for a device id although nothing says so: the INTERACT
#   goes first and with the did "", an end() in the same turn is dropped with one line on the console, START
#   comes third or later.
# Whom it hurts: Receivers that open a session at START, and senders of short sessions: the first events
#   belong to no device, and a session may never end.
# Seen: @project-sunbird/telemetry-sdk 2.0.1; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @project-sunbird/telemetry-sdk@2.0.1
timeout 120 node - @project-sunbird/telemetry-sdk <<'JS'
const confirm = (asDescribed) => {
  console.log(asDescribed ? "as described" : "ANOTHER BEHAVIOUR NOW");
  process.exit(asDescribed ? 0 : 1);
};
for (const name of process.argv.slice(2)) {
  const { version } = JSON.parse(require("node:fs").readFileSync(`node_modules/${name}/package.json`, "utf8"));
  console.log(name, version);
}

const { $t } = require("@project-sunbird/telemetry-sdk");
const events = [];
$t.initialize({
  pdata: { id: "service", ver: "1.0" }, env: "backend", channel: "c", batchsize: 20, uid: "u",
  dispatcher: { dispatch: (batch) => events.push(...batch.events) },
});
$t.start({}, "content", "1.0", { type: "app", mode: "play", pageid: "home" });
$t.interact({ type: "TOUCH", id: "first", pageid: "home" });
$t.end({ type: "app", pageid: "home" });
setTimeout(() => {
  $t.interact({ type: "TOUCH", id: "second", pageid: "home" });
  $t.syncEvents();
  setTimeout(() => {
    for (const event of events) console.log(event.eid, event.edata.id ?? "", event.context.did ? "with did" : "without did");
    const order = events.map((event) => event.eid).join(" ");
    confirm(order === "INTERACT START INTERACT" && events[0].context.did === "" && events[1].context.did !== "");
  }, 500);
}, 1000);
JS
