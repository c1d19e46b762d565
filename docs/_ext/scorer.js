// The order of search results. Among pages that hold the words, the guide comes first,
// then the reference, the mathematics and the examples, and last the pages of figures.
var Scorer = {
  score: ([page, title, anchor, description, score]) => {
    if (/_results$|^changelog$|^contributing$/.test(page)) return score - 3;
    if (/^auto_examples\//.test(page)) return score;
    if (/^maths\//.test(page)) return score + 1;
    if (/^reference\//.test(page)) return score + 2;
    return score + 4;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

// A result that is an index entry has no text of its own, for which Sphinx has no
// summary and writes an error to the console: it gets the summary of its page.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const summary = Search.makeSearchSummary;
  Search.makeSearchSummary = (html, words, anchor) =>
    summary(html, words, anchor) ?? summary(html, words) ?? document.createElement("p");
});
