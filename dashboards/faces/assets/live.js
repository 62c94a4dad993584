/* What if in the browser: the address follows the setting, a control is marked where it was turned, and has its name. */
(function () {
  "use strict";

  // Links to this scenario's other pages and languages lead to the same setting.
  function carry(query) {
    document.querySelectorAll("header nav a, .others a").forEach(function (link) { link.search = query; });
  }
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.careTransfer = {
    address: function (query) {
      window.history.replaceState(null, "", window.location.pathname + (query || ""));
      window.requestAnimationFrame(function () { carry(query || ""); });
      return window.location.href;
    },
    marked: function (value, filed) { return String(value) === filed ? "lever" : "lever changed"; }
  };

  // A slider and the box for its number are called what stands beside them.
  function name(box) {
    var handles = box.querySelectorAll("[role=slider], input[type=number], [role=radiogroup], .forms");
    if (!handles.length) { return; }
    handles.forEach(function (handle) {
      handle.setAttribute("aria-label", box.querySelector(".name").textContent);
      if (handle.classList.contains("forms")) { handle.setAttribute("role", "radiogroup"); }
    });
    box.dataset.named = "true";
  }
  // A choice is a radio button with its label, and is not called an option of a list beside that.
  function plain(label) {
    label.removeAttribute("role");
    label.removeAttribute("aria-selected");
  }
  new MutationObserver(function () {
    document.querySelectorAll(".lever:not([data-named])").forEach(name);
    document.querySelectorAll(".forms label[role], .forms label[aria-selected]").forEach(plain);
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected"] });
}());
