/* Tables whose rows are records sort by a head; long ones have a box that leaves the rows with its words. */
(function () {
  const LONG = 20;
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

  /* The number that a cell begins with, or NaN: stars, brackets, commas between thousands and any minus aside. */
  function number(words) {
    const plain = words.replace(/[\u2212\u2012\u2013](?=[\d.∞])/g, (dash, at) => /\d/.test(words[at - 1] ?? "") ? " " : "-");
    if (/^[(\[]?\s*-?∞/.test(plain)) return plain.includes("-") ? -Infinity : Infinity;
    const found = plain.match(/^\s*[(\[]?\s*([<>≤≥]?)\s*([+-]?(?:\d{1,3}(?:[,\u2009\u202f]\d{3})+|\d+)?(?:\.\d+)?(?:e[+-]?\d+)?)/i);
    const value = found && /\d/.test(found[2]) ? Number(found[2].replace(/[,\u2009\u202f]/g, "")) : NaN;
    const beside = { "<": -1, ">": 1 }[found?.[1]] ?? 0;
    return beside ? value + beside * Number.EPSILON * Math.max(1, Math.abs(value)) : value;
  }
  const blank = (words) => /^[\s–—-]*$/.test(words);

  /* A row and the rows of brackets that stand under its estimates: those without a word of their own. */
  function records(body) {
    const found = [];
    for (const row of body.rows) {
      if (found.length && !row.cells[0].textContent.trim()) found[found.length - 1].push(row);
      else found.push([row]);
    }
    return found;
  }

  function compare(column, groups) {
    const words = new Map(groups.map((group) => [group, group[0].cells[column].textContent.trim()]));
    const said = [...words.values()].filter((one) => !blank(one));
    const numeric = said.length > 0 && said.every((one) => !Number.isNaN(number(one)));
    return (a, b, sign) => {
      const [x, y] = [words.get(a), words.get(b)];
      if (blank(x) || blank(y)) return Number(blank(x)) - Number(blank(y));
      return sign * (numeric ? number(x) - number(y) || 0 : collator.compare(x, y));
    };
  }

  function sortable(table) {
    const body = table.tBodies[0];
    const groups = records(body);
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = element("button", { type: "button", class: "sort" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" }[head.ariaSort ?? "none"];
        for (const other of heads) other.removeAttribute("aria-sort");
        const order = [...groups];
        if (next !== "none") {
          head.setAttribute("aria-sort", next);
          const by = compare(column, groups);
          order.sort((a, b) => by(a, b, next === "ascending" ? 1 : -1));
        }
        body.append(...order.flat());
      });
    });
  }

  function filtered(table) {
    const box = table.closest(".scroll");
    const groups = records(table.tBodies[0]).map((rows) => [rows, rows.map((row) => row.textContent).join(" ").toLowerCase()]);
    const field = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    const count = element("span", { class: "count" });
    const label = element("label", {}, `${status.dataset.filter} `, field);
    box.before(element("p", { class: "filter" }, label, " ", count));
    field.addEventListener("input", () => {
      const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [rows, words] of groups) {
        const kept = wanted.every((word) => words.includes(word));
        shown += Number(kept);
        for (const row of rows) row.hidden = !kept;
      }
      const told = status.dataset.rows.replace("{shown}", shown).replace("{total}", groups.length);
      count.textContent = wanted.length ? told : "";
      say(count.textContent);
    });
  }

  for (const table of document.querySelectorAll("table[data-records]")) {
    sortable(table);
    if (table.tBodies[0].rows.length > LONG) filtered(table);
  }
}());
