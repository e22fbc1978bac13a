/* Figures open large in a dialog: by their button, or a click on the picture; Escape closes it. */
(function () {
  const close = element("button", { type: "button", class: "close" }, status.dataset.close);
  const place = element("div", { class: "sheet", tabindex: "0", role: "region" });
  const caption = element("p", { id: "large-caption" });
  const dialog = element("dialog", { id: "large", "aria-labelledby": "large-caption" }, close, place, caption);
  document.body.append(dialog);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => place.replaceChildren());

  for (const figure of document.querySelectorAll("figure.image")) {
    const plot = figure.querySelector(".plot");
    const words = figure.querySelector("figcaption");
    const number = words.querySelector("b").textContent.replace(/\.$/, "");
    const open = () => {
      const image = plot.querySelector("img");
      place.replaceChildren(plot.cloneNode(true));
      place.setAttribute("aria-label", number);
      place.style.setProperty("--shape", String(image.naturalWidth / image.naturalHeight || 1));
      caption.replaceChildren(...[...words.childNodes].map((node) => node.cloneNode(true)));
      dialog.showModal();
    };
    const button = element("button", { type: "button", "aria-label": `${status.dataset.large}: ${number}` }, status.dataset.large);
    button.addEventListener("click", open);
    plot.addEventListener("click", open);
    figure.append(element("p", { class: "copy" }, button));
  }
}());
