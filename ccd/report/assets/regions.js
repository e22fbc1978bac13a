/* A region picked in a table is marked in every table, and in every figure that holds its outline. */
(function () {
  const SVG = "http://www.w3.org/2000/svg";
  const START = "data:image/svg+xml;base64,";
  const drawings = new Map();
  let picked = "";

  /* The drawing behind a picture, read once; null where no region lies in it. */
  function drawing(image) {
    if (!drawings.has(image.src)) {
      const words = image.src.startsWith(START) ? atob(image.src.slice(START.length)) : "";
      const known = words.includes('id="region-');
      drawings.set(image.src, known ? new DOMParser().parseFromString(words, "image/svg+xml").documentElement : null);
    }
    return drawings.get(image.src);
  }

  function outlines(image) {
    const found = drawing(image)?.querySelectorAll(`path[id^="region-${picked}-"], [id^="region-${picked}-"] > path`) ?? [];
    if (!found.length) return null;
    const over = document.createElementNS(SVG, "svg");
    over.setAttribute("viewBox", drawing(image).getAttribute("viewBox"));
    over.setAttribute("aria-hidden", "true");
    over.setAttribute("class", "over");
    for (const kind of ["under", "mark"]) {
      for (const one of found) {
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("d", one.getAttribute("d"));
        path.setAttribute("class", kind);
        over.append(path);
      }
    }
    return over;
  }

  function show() {
    for (const old of document.querySelectorAll(".plot > .over")) old.remove();
    for (const cell of document.querySelectorAll("[data-region]")) {
      const own = cell.dataset.region === picked;
      cell.classList.toggle("marked", own);
      cell.firstElementChild.setAttribute("aria-pressed", String(own));
    }
    if (!picked) return;
    for (const image of document.querySelectorAll(".plot > img")) {
      const over = outlines(image);
      if (over) image.after(over);
    }
  }

  /* One stop of the Tab key a table; arrows go from region to region. */
  function move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    const from = event.target.closest("button.region");
    if (!step || !from) return;
    event.preventDefault();
    const all = [...event.currentTarget.querySelectorAll("button.region")].filter((one) => !one.closest("tr").hidden);
    const to = all[Math.min(Math.max(all.indexOf(from) + step, 0), all.length - 1)];
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  for (const table of document.querySelectorAll("table:has([data-region])")) {
    for (const cell of table.querySelectorAll("[data-region]")) {
      const words = cell.textContent;
      const button = element("button", { type: "button", class: "region", title: status.dataset.pick, "aria-pressed": "false" });
      button.append(...cell.childNodes);
      button.tabIndex = -1;
      cell.append(button);
      button.addEventListener("click", () => {
        picked = picked === cell.dataset.region ? "" : cell.dataset.region;
        show();
        say(picked ? status.dataset.picked.replace("{region}", () => words) : "");
        setTimeout(() => { if (status.textContent.includes(words)) say(""); }, 1500);
      });
    }
    const first = () => [...table.querySelectorAll("button.region")].find((one) => !one.closest("tr").hidden);
    first().tabIndex = 0;
    table.addEventListener("keydown", move);
    /* A stop that a filter hides goes to the first row shown. */
    table.closest("figure").addEventListener("input", () => {
      for (const one of table.querySelectorAll("button.region")) one.tabIndex = -1;
      const stop = first();
      if (stop) stop.tabIndex = 0;
    });
  }
}());
