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
      offerPictures();
    });
  }

  // On a phone a row's name and value stand above its bar, which has the whole width: nothing that decides is off-screen.
  var phone = window.matchMedia("(max-width: 520px)"), ROW = { tall: 88, was: 40, edge: 12, above: 26, letters: 13, thin: 0.2 };
  function arranged(figure) {
    // A copy always: the library changes the layout that it is given.
    var copy = JSON.parse(JSON.stringify(figure)), rows = copy.layout.meta && copy.layout.meta.rows;
    if (rows && phone.matches) {
      copy.layout.height += rows * (ROW.tall - ROW.was);
      copy.layout.margin.l = copy.layout.margin.r = ROW.edge;
      copy.layout.bargap = 1 - ROW.thin;
      copy.layout.annotations.forEach(moveAbove);
      (copy.layout.shapes || []).concat(copy.data).forEach(makeThin);
    } else if (phone.matches) {
      firstAndLast(copy.layout);
    }
    copy.layout.template = window.careTransferTemplate;
    return copy;
  }
  // Of many years the first and the last are written; the line between them needs the room.
  function firstAndLast(layout) {
    var years = layout.xaxis && layout.xaxis.tickvals;
    if (years && years.length > 4 && !layout.xaxis.ticktext) { layout.xaxis.tickvals = [years[0], years[years.length - 1]]; }
  }
  function moveAbove(note) {
    if (note.xshift < 0 && note.yref === "paper") { note.xshift = -ROW.edge; }
    if (note.yref || note.xref || !note.xshift) { return; }
    if (note.x === 1) { note.xanchor = "right"; note.align = "right"; }
    note.xshift = 0;
    note.yshift = ROW.above;
    note.font = { size: ROW.letters };
  }
  function makeThin(part) {
    if (part.width) { part.width *= ROW.was / ROW.tall * 0.8; }
    var middle = (part.y0 + part.y1) / 2, half = Math.abs(part.y1 - part.y0) / 2;
    if (part.yref !== "paper" && half > 0 && half < 0.5) { part.y0 = middle - half * 0.4; part.y1 = middle + half * 0.4; }
  }
  phone.addEventListener("change", function () {
    document.querySelectorAll(".plot[data-drawn]").forEach(function (box) {
      var figure = arranged(figures[box.dataset.figure]);
      box.style.height = figure.layout.height + "px";
      window.Plotly.react(box, figure.data, figure.layout, { displayModeBar: false, responsive: true });
    });
  });

  function draw(box) {
    if (!figures || box.dataset.drawn || box.closest("details:not([open])")) { return; }
    box.dataset.drawn = "true";
    var figure = arranged(figures[box.dataset.figure]);
    box.style.height = figure.layout.height ? figure.layout.height + "px" : box.style.height;
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

  // What goes on paper is one sheet in letters that can be read, nine points lying and ten standing: boxes that find no
  // room stay on the screen, and the sheet says which.
  var papers = { landscape: { width: 1054, height: 722, zoom: 9 / 10.5 }, portrait: { width: 725, height: 1050, zoom: 10 / 10.5 } };
  var TWO_LINES = 40;
  function heightAt(main, paper) {
    main.style.width = paper.width / paper.zoom + "px";
    return (main.getBoundingClientRect().height + 62) * paper.zoom;
  }
  function takeHome(main, paper) {
    var boxes = Array.from(main.querySelectorAll(".card")), left = [];
    var more = main.appendChild(document.createElement("p"));
    more.className = "paper-more";
    more.textContent = main.dataset.more;
    setWidth(main, main.classList.contains("portrait") ? paper.width / paper.zoom : null);
    boxes.slice(1).forEach(function (box) { box.classList.add("off-paper"); });
    boxes.slice(1).forEach(function (box) {
      box.classList.remove("off-paper");
      if (heightAt(main, paper) <= paper.height - TWO_LINES) { return; }
      box.classList.add("off-paper");
      left.push(box.querySelector(".kicker").textContent);
    });
    if (left.length) { more.textContent = main.dataset.more + " " + left.join(" · "); } else { more.remove(); }
    main.style.width = "";
    document.body.classList.remove("measured");
    document.documentElement.style.setProperty("--paper-zoom", paper.zoom);
  }
  function setWidth(main, width) {
    main.querySelectorAll(".js-plotly-plot").forEach(function (box) {
      if (box.closest("details")) { return; }
      window.Plotly.relayout(box, width ? { width: width } : { width: null, autosize: true });
      keepProportions(box);
    });
  }
  window.addEventListener("afterprint", function () {
    var main = document.querySelector("main.sheet");
    if (!main) { return; }
    main.querySelectorAll(".paper-more").forEach(function (line) { line.remove(); });
    main.querySelectorAll(".off-paper").forEach(function (box) { box.classList.remove("off-paper"); });
    setWidth(main, null);
  });
  window.addEventListener("beforeprint", function () {
    var main = document.querySelector("main.sheet");
    if (!main) { return; }
    document.body.classList.add("measured");
    takeHome(main, papers[main.classList.contains("portrait") ? "portrait" : "landscape"]);
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
    save(new Blob(["\ufeff" + rows.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" }), name + ".csv");
  }
  function save(file, name) {
    var link = document.createElement("a");
    link.download = name;
    link.href = URL.createObjectURL(file);
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

  // A figure can be taken along with what it says above it and what it rests on below it: as lines, or as points.
  var PICTURE = { side: 4, edge: 12, title: 20, line: 26, small: 18, scale: 2, types: { svg: "image/svg+xml", png: "image/png" } };
  function lines(text, letters) {
    var done = [""];
    text.trim().split(/\s+/).forEach(function (word) {
      var last = done[done.length - 1];
      if (last && last.length + word.length >= letters) { done.push(word); } else { done[done.length - 1] = last ? last + " " + word : word; }
    });
    return done;
  }
  function written(parent, texts, at, size, weight) {
    texts.forEach(function (text, place) {
      var line = parent.appendChild(document.createElementNS(parent.namespaceURI, "text"));
      line.setAttribute("x", PICTURE.side);
      line.setAttribute("y", at + place * (weight === "bold" ? PICTURE.line : PICTURE.small));
      line.setAttribute("font-size", size);
      line.setAttribute("font-weight", weight);
      line.setAttribute("font-family", window.getComputedStyle(main).fontFamily);
      line.setAttribute("fill", weight === "bold" ? "#111827" : "#4b5563");
      line.textContent = text;
    });
  }
  function titleOf(box) {
    var card = box.closest(".card"), asked = box.closest("main details");
    return (asked ? asked.querySelector("summary") : card.querySelector("h2")).textContent.replace(/\u2060/g, "");
  }
  // Under a setting of What if the source says what was changed: the figures are of no published scenario.
  function restsOn() {
    var changed = document.getElementById("changes");
    return main.dataset.rests + (changed ? " · " + changed.innerText.trim().replace(/\s*\n\s*/g, "; ") : "");
  }
  // The drawing with its title and its source around it, as the text of an SVG file.
  function framed(drawing, box, width, height) {
    var space = "http://www.w3.org/2000/svg", letters = Math.floor((width - 2 * PICTURE.side) / 10);
    var title = lines(titleOf(box), letters), source = lines(restsOn(), Math.floor(letters * 1.4));
    var above = PICTURE.edge + title.length * PICTURE.line, below = PICTURE.edge + source.length * PICTURE.small;
    var whole = document.createElementNS(space, "svg");
    [["width", width], ["height", above + height + below], ["xmlns", space], ["role", "img"]].forEach(function (one) {
      whole.setAttribute(one[0], one[1]);
    });
    [["title", titleOf(box)], ["desc", box.getAttribute("aria-label")]].forEach(function (one) {
      whole.appendChild(document.createElementNS(space, one[0])).textContent = one[1];
    });
    var ground = whole.appendChild(document.createElementNS(space, "rect"));
    [["width", "100%"], ["height", "100%"], ["fill", "#fff"]].forEach(function (one) { ground.setAttribute(one[0], one[1]); });
    written(whole, title, PICTURE.title, 18, "bold");
    written(whole, source, above + height + PICTURE.edge, 13, "normal");
    return new XMLSerializer().serializeToString(whole).replace("</svg>", '<g transform="translate(0 ' + above + ')">' + drawing + "</g></svg>");
  }
  function points(text, width, height) {
    return new Promise(function (give, refuse) {
      var image = new Image();
      image.onerror = refuse;
      image.onload = function () {
        var canvas = document.createElement("canvas");
        canvas.width = width * PICTURE.scale;
        canvas.height = height * PICTURE.scale;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(give, PICTURE.types.png);
      };
      image.src = "data:" + PICTURE.types.svg + ";charset=utf-8," + encodeURIComponent(text);
    });
  }
  function picture(box, kind) {
    var drawn = box.classList.contains("js-plotly-plot") ? box : box.querySelector(".js-plotly-plot");
    var width = Math.round(drawn._fullLayout.width), height = Math.round(drawn._fullLayout.height);
    return window.Plotly.toImage(drawn, { format: "svg", width: width, height: height, imageDataOnly: true }).then(function (drawing) {
      var text = framed(drawing, box, width, height), tall = Number(/ height="(\d+)"/.exec(text)[1]);
      return kind === "svg" ? new Blob([text], { type: PICTURE.types.svg }) : points(text, width, tall);
    });
  }
  function offerPictures() {
    document.querySelectorAll(".card .plot").forEach(function (box, place) {
      var around = box.closest(".plot-scroll"), next = around.nextElementSibling, card = box.closest(".card");
      if (next && next.className === "pictures") { return; }
      var row = document.createElement("div");
      row.className = "pictures";
      Object.keys(PICTURE.types).forEach(function (kind) {
        var button = row.appendChild(document.createElement("button"));
        button.type = "button";
        button.textContent = kind.toUpperCase();
        button.setAttribute("aria-label", main.dataset.picture + " (" + kind.toUpperCase() + "): " + titleOf(box));
        button.addEventListener("click", function () {
          picture(box, kind).then(function (file) { save(file, [main.dataset.file, card.id || box.id, place + 1].join("_") + "." + kind); });
        });
      });
      around.insertAdjacentElement("afterend", row);
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
  window.careTransferPictures = offerPictures;
  prepare();
  offerDownloads();
  new ResizeObserver(nameScrollers).observe(document.body);
}());
