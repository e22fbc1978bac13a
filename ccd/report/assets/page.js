"use strict";
/* Theme, print, copy, and the contents that follow the reader. */
const status = document.getElementById("status");
const say = (words) => { status.textContent = words; };
const element = (name, attributes, ...inside) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
};
document.documentElement.classList.add("js");

(function () {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  const theme = document.getElementById("theme");
  const press = () => theme.setAttribute("aria-pressed", String(dark()));
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; press(); });
  system.addEventListener("change", press);
  press();
  document.getElementById("print").addEventListener("click", () => window.print());
}());

(function () {
  function copyByHand(words) {
    const box = element("textarea", { style: "position:fixed;opacity:0" });
    box.value = words;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const words = document.getElementById(button.dataset.copy).textContent;
      try { await navigator.clipboard.writeText(words); } catch { copyByHand(words); button.focus(); }
      say(status.dataset.copied);
      setTimeout(() => { if (status.textContent === status.dataset.copied) say(""); }, 1500);
    });
  }
}());

(function () {
  const list = document.querySelector("nav ol");
  const bar = document.querySelector("nav");
  const links = [...list.querySelectorAll("a")];
  const sections = links.map((link) => document.getElementById(link.hash.slice(1)));
  let current = null;
  /* The section being read is the last that begins in the upper third; at the end of the page, the last of all. */
  function follow() {
    const end = Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight;
    let at = sections.findLastIndex((section) => section.getBoundingClientRect().top <= innerHeight / 3);
    at = end && scrollY > 0 ? sections.length - 1 : Math.max(at, 0);
    if (links[at] === current) return;
    current?.removeAttribute("aria-current");
    current = links[at];
    current.setAttribute("aria-current", "true");
    /* The list moves, never the page. */
    const [box, frame] = [current.getBoundingClientRect(), bar.getBoundingClientRect()];
    if (box.top < frame.top || box.bottom > frame.bottom) bar.scrollTop += box.top - frame.top - frame.height / 3;
    if (list.scrollWidth > list.clientWidth) list.scrollLeft = current.parentElement.offsetLeft - 16;
  }
  let waiting = false;
  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later);
  follow();
}());
