// Marks beside the questions of a quiz: whether each answer was right, and why.
const form = document.getElementById("quiz");
const { right, wrong, passed, failed, tongue } = form.dataset;

form.addEventListener("tallystick:answer", ({ detail }) => {
  form.querySelectorAll("[data-question] .judged").forEach((place, index) => {
    const mark = detail.marks[index];
    place.dataset.kind = mark.right ? "done" : "failed";
    place.textContent = `${mark.right ? right : wrong} ${mark.why[tongue]}`;
  });
  const verdict = form.querySelector(".verdict");
  verdict.dataset.kind = detail.passed ? "proven" : "refused";
  verdict.textContent = detail.passed ? passed : failed;
});
