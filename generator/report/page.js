// Shows at the pointer what the titles say, at once; without it a browser shows them after a while.
const tip = document.body.appendChild(document.createElement("div"));
tip.className = "tip";
tip.hidden = true;
let shown = null;

function hide() {
  if (!shown) return;
  shown.title.textContent = shown.told;
  if (shown.cursor) shown.cursor.classList.remove("on");
  shown = null;
  tip.hidden = true;
}

document.addEventListener("pointerover", ({ target }) => {
  hide();
  const spot = target.closest(".spots > rect, .spot");
  const title = spot && spot.querySelector(":scope > title");
  if (!title) return;
  const cursor = spot.tagName === "rect" ? spot.closest("svg").querySelector(".cursor") : null;
  shown = { title, told: title.textContent, cursor };
  title.textContent = "";
  tip.textContent = shown.told;
  tip.hidden = false;
  if (cursor) {
    const x = spot.x.baseVal.value + spot.width.baseVal.value / 2;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    cursor.classList.add("on");
  }
});

document.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (!shown) return;
  const left = clientX + 14 + tip.offsetWidth < innerWidth ? clientX + 14 : clientX - 14 - tip.offsetWidth;
  tip.style.left = `${Math.max(left, 4)}px`;
  tip.style.top = `${Math.min(clientY + 14, innerHeight - tip.offsetHeight - 4)}px`;
});

document.documentElement.addEventListener("pointerleave", hide);
