/* What if in the browser: the address follows the setting, a control is marked where it was turned, and has its
   name and its value in words. */
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
  // What a slider stands at is told with its unit, as the language writes it; a number that was typed is taken on Enter.
  function tell(handle) {
    var box = handle.closest(".lever"), now = handle.getAttribute("aria-valuenow");
    if (!box || !box.dataset.said || now === null) { return; }
    var said = box.dataset.said.replace("{number}", now.replace(".", document.querySelector("main").dataset.decimal));
    if (handle.getAttribute("aria-valuetext") !== said) { handle.setAttribute("aria-valuetext", said); }
  }
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !event.target.matches(".lever input[type=number]")) { return; }
    event.target.blur();
    event.target.focus();
  });
  // A choice is a radio button with its label, and is not called an option of a list beside that.
  function plain(label) {
    label.removeAttribute("role");
    label.removeAttribute("aria-selected");
  }
  new MutationObserver(function () {
    document.querySelectorAll(".lever:not([data-named])").forEach(name);
    document.querySelectorAll(".forms label[role], .forms label[aria-selected]").forEach(plain);
    document.querySelectorAll(".lever [role=slider]").forEach(tell);
    if (document.querySelector(".plot .main-svg")) { window.careTransferPictures(); }
  }).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected", "aria-valuenow"]
  });
}());
