// When the session has ended, Streamlit would say "cannot connect"; the person wants the sign-in page and,
// after it, the screen where they were. The server answers 401 to Streamlit's own questions then.
(() => {
  "use strict";
  const ask = window.fetch;
  const leave = () => {
    const here = window.location.pathname + window.location.search;
    window.location.assign("/login?next=" + encodeURIComponent(here));
  };
  window.fetch = async (...request) => {
    const answer = await ask.apply(window, request);
    const asked = new URL(answer.url || window.location.href, window.location.href);
    if (answer.status === 401 && asked.origin === window.location.origin && asked.pathname.includes("/_stcore/")) {
      leave();
    }
    return answer;
  };
})();
