// Charts over time: uPlot draws over what the server has drawn, from the same data, and says the value under the pointer.

const style = getComputedStyle(document.documentElement);

/// A colour of the palette as it is now; light-dark() is only resolved where it is used.
function colour(name, probe) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

function draw(figure) {
  const { unit, x, y } = JSON.parse(figure.dataset.plot);
  const drawn = figure.querySelector(".plot-drawn");
  const probe = figure.appendChild(document.createElement("i"));
  const [ink, quiet, rule, tint] = ["ink", "quiet", "rule", "tint"].map((name) => colour(name, probe));
  probe.remove();
  const font = `${parseFloat(style.fontSize) * 0.8125}px Inter, sans-serif`;
  const figures = new Intl.NumberFormat(navigator.languages, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const round = new Intl.NumberFormat(navigator.languages);
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const name = (options) => new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
  const [year, month, date] = [name({ year: "numeric" }), name({ month: "short" }), name({ day: "numeric", month: "short" })];
  /// A year at its beginning, else the month, or the day where they are closer than that.
  const place = (seconds, step) => {
    const at = new Date(seconds * 1000);
    if (step < 27 * 86_400) return date.format(at);
    return at.getUTCMonth() === 0 ? year.format(at) : month.format(at);
  };
  const axis = { stroke: quiet, font, grid: { stroke: rule, width: 1 }, ticks: { show: false } };
  const chart = new uPlot({
    width: figure.clientWidth,
    height: drawn.clientHeight,
    padding: [16, 24, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    cursor: { points: { size: 6, fill: ink }, drag: { x: true, y: false } },
    legend: { live: true },
    series: [
      { label: "Day", value: (_, value) => (value === null ? "" : day.format(value * 1000)) },
      {
        label: unit, stroke: ink, width: 1.5, fill: tint, paths: uPlot.paths.stepped({ align: 1 }),
        points: { show: false }, value: (_, value) => (value === null ? "" : figures.format(value).replace("-", "−")),
      },
    ],
    axes: [
      { ...axis, grid: { show: false }, size: 28, values: (_, places, __, ___, step) => places.map((at) => place(at, step)) },
      { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => round.format(tick).replace("-", "−")) },
    ],
  }, [x, y], figure);
  chart.root.setAttribute("aria-hidden", "true");
  drawn.classList.add("behind");
  return chart;
}

if (globalThis.uPlot) {
  for (const figure of document.querySelectorAll("[data-plot]")) {
    let chart = draw(figure);
    new ResizeObserver(() => chart.setSize({ width: figure.clientWidth, height: chart.height })).observe(figure);
    const again = () => { chart.destroy(); chart = draw(figure); };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  }
}
