// Where typed text is until the server has it: first in this browser, then sent, then answered.
const PAUSE_MS = 600; // after the last keystroke the text is sent
const PATIENCE_MS = 4000; // unanswered for so long, the text counts as not saved and is sent again

function createJournal(readChanges, report, follow) {
  let send = () => {};
  let key = "";
  let seen = "";
  let number = 0; // the last edit made here
  let sent = 0; // the last edit sent
  let saving = 0; // the edit that Save carried, while it is unanswered
  let saveRefusal = "";
  let answer = { number: 0, stored: 0, at: "", refused: "" };
  let late = false;
  let pause, patience;

  // Other tabs of this browser that show the same order: what is typed in one stands in all of them, and so none
  // overwrites what another sent.
  const tabs = new BroadcastChannel("lumira.draft");
  tabs.onmessage = ({ data: told }) => {
    if (told.key !== key || told.n < number) return;
    if (told.answer) take(told.answer);
    else if (told.seen === seen && follow(told.texts)) {
      clearTimeout(pause);
      number = sent = told.n;
      expect(deliver); // should the other tab be closed before its text arrived
    }
    report();
  };

  function connect(data, setStateValue) {
    send = setStateValue;
    seen = data.seen;
    key = data.storage;
  }

  // What this browser holds that no server has confirmed, or null.
  function recover(name = key) {
    try {
      const kept = JSON.parse(localStorage.getItem(name));
      return kept && kept.texts && Number.isFinite(kept.n) ? kept : null;
    } catch {
      return null;
    }
  }

  // Text that a newer draft overtook waits here, over reloads too, until the person has decided about it.
  const aside = () => recover(`${key}.older`);
  function setAside(kept) {
    const all = { ...kept, texts: { ...aside()?.texts, ...kept.texts } };
    try {
      localStorage.setItem(`${key}.older`, JSON.stringify(all));
      localStorage.removeItem(key);
    } catch { /* then it stays where it was */ }
    return all;
  }
  function dropAside() {
    try { localStorage.removeItem(`${key}.older`); } catch { /* nothing was kept either */ }
  }

  function keep(bases) {
    try {
      localStorage.setItem(key, JSON.stringify({ n: number, seen, texts: readChanges(), bases }));
    } catch {
      // Storage full or forbidden: the text is still on its way to the server, 600 ms behind.
    }
  }

  function forget() {
    try { localStorage.removeItem(key); } catch { /* as above */ }
  }

  // The server's own draft: everything up to this number is stored.
  function startAt(stored, at) {
    number = sent = Math.max(number, stored);
    answer = { number, stored: number, at, refused: "" };
  }

  function next() {
    number = Math.max(number + 1, Date.now());
  }

  function edited(bases) {
    next();
    saveRefusal = "";
    keep(bases);
    tabs.postMessage({ key, n: number, seen, texts: readChanges() });
    clearTimeout(pause);
    pause = setTimeout(flush, PAUSE_MS);
  }

  function flush() {
    if (number > sent) deliver();
  }

  function deliver() {
    clearTimeout(pause);
    sent = number;
    send("draft", { n: number, seen, texts: readChanges() });
    expect(deliver);
    report();
  }

  function expect(again) {
    clearTimeout(patience);
    patience = setTimeout(() => {
      if (answer.number >= number) return;
      late = true;
      report();
      again();
    }, PATIENCE_MS);
  }

  // Save carries the text itself, so nothing waits for the pause between keystrokes. It is not repeated: unanswered,
  // its text goes on as a draft.
  function save(trigger, bases) {
    clearTimeout(pause);
    next();
    keep(bases);
    sent = saving = number;
    saveRefusal = "";
    trigger("save", { n: number, seen, texts: readChanges() });
    expect(() => { next(); deliver(); });
    report();
  }

  function heard(given) {
    if (given.number > answer.number && given.number === number) tabs.postMessage({ key, n: number, answer: given });
    take(given);
  }

  function take(given) {
    if (given.number < answer.number) return;
    answer = given;
    if (answer.number < number) return;
    late = false;
    clearTimeout(patience);
    if (!answer.refused) forget();
    if (answer.number !== saving) return;
    saving = 0;
    saveRefusal = answer.refused;
    if (saveRefusal) { next(); deliver(); }
  }

  // The server shows just what is typed here: nothing is left to confirm.
  function settle() {
    clearTimeout(pause);
    clearTimeout(patience);
    late = false;
    saving = 0;
    sent = number;
    answer = { ...answer, number, stored: number, refused: "" };
    forget();
  }

  function state() {
    if (answer.number < number) return late ? "offline" : number > sent ? "typing" : "saving";
    if (saveRefusal) return "save-refused";
    return answer.refused ? "refused" : "kept";
  }

  function close() {
    flush();
    tabs.close();
    clearTimeout(pause);
    clearTimeout(patience);
  }

  return {
    connect, recover, aside, setAside, dropAside, forget, startAt, edited, flush, save, heard, settle, state, close,
    number: () => number,
    at: () => answer.at,
    refusal: () => saveRefusal || answer.refused,
  };
}
