#!/usr/bin/env bash
# telemetry-sdk drops the comment of a FEEDBACK that is given by its documented name.
#
# Guess: feedback({rating: 4, comments: 'good'}), the documented arguments, sends the rating and the comment.
# What happens: The event has rating, commentid "" and commenttxt ""; comments is gone. Only the undocumented
#   names commentid and commenttxt are sent on.
# Whom it hurts: Owners of content who read what learners wrote: every comment sent by the documented name is
#   lost in the browser already.
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
  pdata: { id: "p", ver: "1.0" }, env: "e", channel: "c", did: "d", uid: "u", batchsize: 20,
  dispatcher: { dispatch: (batch) => events.push(...batch.events) },
});
(async () => {
  await $t.start({}, "content", "1.0", { type: "app", mode: "play", pageid: "home" });
  $t.feedback({ contentId: "content", rating: 4, comments: "good" });
  $t.feedback({ contentId: "content", rating: 4, commentid: "1", commenttxt: "good" });
  $t.syncEvents();
  setTimeout(() => {
    const sent = events.filter((event) => event.eid === "FEEDBACK").map((event) => JSON.stringify(event.edata));
    console.log(sent.join("\n"));
    confirm(sent.length === 2 && !sent[0].includes("good") && sent[1].includes("good"));
  }, 500);
})();
JS
