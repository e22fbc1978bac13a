"use strict";
(function () {
  const root = document.documentElement;
  const status = document.getElementById("status");
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = document.getElementById("theme");
  const press = () => theme.setAttribute("aria-pressed", String(dark()));
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; press(); });
  press();
  document.getElementById("print").addEventListener("click", () => window.print());

  function copyByHand(words) {
    const box = document.createElement("textarea");
    box.value = words;
    box.style.position = "fixed";
    box.style.opacity = "0";
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const words = document.getElementById(button.dataset.copy).textContent;
      try { await navigator.clipboard.writeText(words); } catch { copyByHand(words); button.focus(); }
      status.textContent = status.dataset.copied;
      setTimeout(() => { status.textContent = ""; }, 1500);
    });
  }

  const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "0px 0px -70% 0px" });
  for (const section of document.querySelectorAll("main > section")) watch.observe(section);
}());
