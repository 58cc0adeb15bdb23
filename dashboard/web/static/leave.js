// Signing out: what was typed here and not saved must not wait for the next person at this computer. (Telling the
// browser to clear everything of this site, with Clear-Site-Data, can crash its other tabs.)
document.querySelector("form").addEventListener("submit", () => {
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith("lumira.")) localStorage.removeItem(name);
    }
  } catch { /* a browser that keeps nothing has nothing to forget */ }
});
