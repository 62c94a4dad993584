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
    if (box.dataset.drawn || box.offsetParent === null) { return; }
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
  drawAll(document);
}());
