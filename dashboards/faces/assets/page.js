/* Draws the figures of a page from the packed data beside it; a figure inside a closed box is drawn when the box opens. */
(function () {
  "use strict";

  // On paper the drawing is scaled to the column it stands in, so it needs to know its own proportions.
  function keepProportions(box) {
    var width = box._fullLayout.width, height = box._fullLayout.height;
    box.querySelectorAll(".main-svg").forEach(function (svg) {
      svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    });
    var container = box.querySelector(".svg-container");
    if (container) { container.style.aspectRatio = width + " / " + height; container.style.setProperty("--drawn", width + "px"); }
  }

  // The drawing library and the figures are compressed and written as text, so that a page from disk can load them.
  function unpacked(text) {
    if (!text) { return ""; }
    var letters = atob(text), bytes = new Uint8Array(letters.length);
    for (var i = 0; i < letters.length; i += 1) { bytes[i] = letters.charCodeAt(i); }
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }
  function run(program) {
    var script = document.createElement("script");
    script.textContent = program;
    document.head.appendChild(script);
  }
  var figures = null;
  function prepare() {
    if (!window.careTransferFigures) { return; }
    if (!window.DecompressionStream) { document.querySelector(".undrawn").hidden = false; return; }
    Promise.all([unpacked(window.careTransferFigures), unpacked(window.careTransferPlotly || "")]).then(function (texts) {
      figures = JSON.parse(texts[0]);
      document.querySelectorAll("[data-table]").forEach(function (place) { place.innerHTML = figures[place.dataset.table]; });
      offerDownloads();
      run(texts[1]);
      drawAll(document);
    });
  }

  function draw(box) {
    if (!figures || box.dataset.drawn || box.closest("details:not([open])")) { return; }
    box.dataset.drawn = "true";
    var figure = figures[box.dataset.figure];
    figure.layout.template = window.careTransferTemplate;
    window.Plotly.newPlot(box, figure.data, figure.layout, { displayModeBar: false, responsive: true }).then(function () {
      keepProportions(box);
      box.on("plotly_afterplot", function () { keepProportions(box); });
    });
  }

  // Room for a figure stands before the figure does, so that nothing moves when it is drawn.
  document.querySelectorAll(".plot[data-height]").forEach(function (box) { box.style.height = box.dataset.height + "px"; });

  function drawAll(root) {
    root.querySelectorAll(".plot").forEach(draw);
  }

  // A page that is made to be one sheet is made as small as it takes, and no smaller, to be one.
  var papers = { landscape: { width: 1054, height: 722 }, portrait: { width: 725, height: 1050 } };
  var largest = 0.76, smallest = 0.5;
  function heightAt(main, paper, zoom) {
    main.style.width = paper.width / zoom + "px";
    return (main.getBoundingClientRect().height + 62) * zoom;
  }
  window.addEventListener("beforeprint", function () {
    var main = document.querySelector("main.sheet");
    if (!main) { return; }
    document.body.classList.add("measured");
    var zoom = largest, paper = papers[main.classList.contains("portrait") ? "portrait" : "landscape"];
    while (zoom > smallest && heightAt(main, paper, zoom) > paper.height) { zoom -= 0.01; }
    main.style.width = "";
    document.body.classList.remove("measured");
    document.documentElement.style.setProperty("--paper-zoom", zoom);
  });

  // A table or figure wider than its box says so, and can be scrolled with the keyboard under the name of what it is.
  function nameScrollers() {
    document.querySelectorAll(".scroll, .plot-scroll").forEach(function (box) {
      if (box.scrollWidth <= box.clientWidth + 1) {
        ["tabindex", "role", "aria-label", "data-hint"].forEach(function (name) { box.removeAttribute(name); });
        return;
      }
      box.tabIndex = 0;
      box.dataset.hint = main.dataset.sideways;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", nameOf(box));
    });
  }
  function nameOf(box) {
    var asked = box.closest("main details"), card = box.closest(".card");
    return (box.querySelector("caption") || (asked && asked.querySelector("summary")) || card.querySelector("h2")).textContent;
  }

  // A table can be taken along as a file: its text, but of a figure the number behind it, as the language writes it.
  var main = document.querySelector("main"), separator = main.dataset.decimal === "," ? ";" : ",";
  function field(cell) {
    var text = cell.dataset.v === undefined ? neutral(named(cell)) : cell.dataset.v.replace(".", main.dataset.decimal);
    return text.indexOf(separator) >= 0 || /["\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  // A name that a spreadsheet would compute (=, +, - or @ in front) comes from somebody's file: it begins with an apostrophe.
  function neutral(text) {
    return /^\s*[=+\-@]/.test(text) && !/^[+-]?\d+([.,]\d+)*$/.test(text) ? "'" + text : text;
  }
  function named(cell) {
    return (cell.querySelector("summary") || cell).textContent.replace(/\u2060/g, "").trim();
  }
  function download(table, name) {
    var rows = Array.from(table.rows, function (row) { return Array.from(row.cells, field).join(separator); });
    var link = document.createElement("a");
    link.download = name + ".csv";
    link.href = URL.createObjectURL(new Blob(["\ufeff" + rows.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" }));
    link.click();
    URL.revokeObjectURL(link.href);
  }
  function offerDownloads() {
    document.querySelectorAll(".card table").forEach(function (table, place) {
      var box = table.closest(".scroll"), card = table.closest(".card");
      if (box.nextElementSibling && box.nextElementSibling.className === "download") { return; }
      var button = document.createElement("button");
      button.type = "button";
      button.className = "download";
      button.textContent = main.dataset.download;
      button.setAttribute("aria-label", main.dataset.download + ": " + table.caption.textContent);
      button.addEventListener("click", function () { download(table, [main.dataset.file, card.id, place + 1].join("_")); });
      box.insertAdjacentElement("afterend", button);
    });
  }

  document.querySelectorAll("details").forEach(function (box) {
    box.addEventListener("toggle", function () { if (box.open) { drawAll(box); } });
  });
  document.querySelectorAll("button.print").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    document.querySelectorAll(".bar details[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  prepare();
  offerDownloads();
  new ResizeObserver(nameScrollers).observe(document.body);
}());
