/* Draws the figures of a page from the data beside them; a figure inside a closed box is drawn when the box opens. */
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

  function draw(box) {
    if (box.dataset.drawn || box.closest("details:not([open])")) { return; }
    box.dataset.drawn = "true";
    var figure = JSON.parse(document.getElementById(box.dataset.figure).textContent);
    figure.layout.template = window.careTransferTemplate;
    window.Plotly.newPlot(box, figure.data, figure.layout, { displayModeBar: false, responsive: true }).then(function () {
      keepProportions(box);
      box.on("plotly_afterplot", function () { keepProportions(box); });
    });
  }

  function drawAll(root) {
    root.querySelectorAll(".plot").forEach(draw);
  }

  // A page that is made to be one sheet is made as small as it takes, and no smaller, to be one.
  var paper = { width: 1054, height: 722, largest: 0.76, smallest: 0.55 };
  function heightAt(main, zoom) {
    main.style.width = paper.width / zoom + "px";
    return (main.getBoundingClientRect().height + 62) * zoom;
  }
  window.addEventListener("beforeprint", function () {
    var main = document.querySelector("main.sheet");
    if (!main) { return; }
    document.body.classList.add("measured");
    var zoom = paper.largest;
    while (zoom > paper.smallest && heightAt(main, zoom) > paper.height) { zoom -= 0.01; }
    main.style.width = "";
    document.body.classList.remove("measured");
    document.documentElement.style.setProperty("--paper-zoom", zoom);
  });

  // A table wider than its box can be scrolled with the keyboard, under the name of its caption.
  function nameScrollers() {
    document.querySelectorAll(".scroll").forEach(function (box) {
      if (box.scrollWidth <= box.clientWidth) { return; }
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.querySelector("caption").textContent);
    });
  }

  document.querySelectorAll("details").forEach(function (box) {
    box.addEventListener("toggle", function () { if (box.open) { drawAll(box); nameScrollers(); } });
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
  drawAll(document);
  nameScrollers();
  window.addEventListener("resize", nameScrollers);
}());
