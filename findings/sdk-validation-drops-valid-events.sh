#!/usr/bin/env bash
# telemetry-sdk's own validation drops each SUMMARY with a number of seconds and each ASSESS that names the type of its item.
#
# Guess: enableValidation drops invalid events alone. timespent is documented as a Double, and common players
#   send item.type.
# What happens: The built-in schema wants SUMMARY.timespent as a text and knows no item.type: the numeric
#   SUMMARY and the ASSESS of a common player are dropped with a line on the console, and a SUMMARY with a
#   text is sent.
# Whom it hurts: Teams that turn validation on to send less rubbish: all summaries and answers vanish, or the
#   time spent is sent as a text, which a receiver that wants the documented number files as invalid.
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
  pdata: { id: "p", ver: "1.0" }, env: "e", channel: "c", did: "d", uid: "u", batchsize: 20, enableValidation: true,
  dispatcher: { dispatch: (batch) => events.push(...batch.events) },
});
const summary = { type: "content", mode: "play", starttime: 1533364283909, endtime: 1533364289409, pageviews: 1, interactions: 1 };
const item = { id: "q", maxscore: 1, params: [] };
const answer = { pass: "Yes", score: 1, resvalues: [{ 1: "a" }], duration: 3 };
(async () => {
  await $t.start({}, "content", "1.0", { type: "app", mode: "play", pageid: "home" });
  $t.summary({ ...summary, timespent: 5.5 });
  $t.summary({ ...summary, timespent: "5.5" });
  $t.assess({ item: { ...item, type: "mcq" }, ...answer });
  $t.assess({ item, ...answer });
  $t.syncEvents();
  setTimeout(() => {
    const sent = events.slice(1).map(({ eid, edata }) => [eid, edata.timespent ?? edata.item.type ?? "no type"]);
    console.log("sent:", JSON.stringify(sent));
    confirm(JSON.stringify(sent) === '[["SUMMARY","5.5"],["ASSESS","no type"]]');
  }, 500);
})();
JS
