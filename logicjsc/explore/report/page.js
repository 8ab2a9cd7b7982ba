"use strict";
(function () {
  const plots = JSON.parse(document.getElementById("plots").textContent);
  const settings = { responsive: true, displaylogo: false };

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    return { text: of("--text"), line: of("--line"), ground: of("--ground") };
  }

  function dressed(layout) {
    const { text, line, ground } = colours();
    const axis = (given) => ({ gridcolor: line, zerolinecolor: line, linecolor: line, ...given });
    return {
      margin: { l: 50, r: 12, t: 30, b: 44 },
      legend: { orientation: "h", y: -0.25 },
      ...layout,
      font: { color: text, size: 12 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      modebar: { bgcolor: "rgba(0,0,0,0)", color: line, activecolor: text },
      hoverlabel: { bgcolor: ground, bordercolor: line, font: { color: text } },
      xaxis: axis(layout.xaxis),
      yaxis: axis(layout.yaxis),
    };
  }

  function paint() {
    plots.forEach((plot, number) => {
      Plotly.react("plot-" + number, plot.data, dressed(plot.layout), settings);
    });
  }

  /* The table of a neuron: a line for each value of the upper half of its address. */
  function picture(node) {
    const columns = node.columns;
    const values = [];
    for (let at = 0; at < node.table.length; at += node.digits) {
      values.push(parseInt(node.table.slice(at, at + node.digits), 16));
    }
    const canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = Math.ceil(values.length / columns);
    const scale = Math.max(1, Math.floor(192 / columns));
    canvas.style.width = columns * scale + "px";
    const context = canvas.getContext("2d");
    values.forEach((value, place) => {
      const part = Math.round((255 * value) / Math.max(1, node.highest));
      context.fillStyle = "rgb(" + part + "," + Math.round(64 + part / 2) + "," + (255 - part) + ")";
      context.fillRect(place % columns, Math.floor(place / columns), 1, 1);
    });
    return canvas;
  }

  function tell(number, event) {
    const point = event.points.find((entry) => entry.customdata !== undefined);
    if (!point) { return; }
    const node = plots[number].nodes[point.customdata];
    const place = document.getElementById("detail-" + number);
    place.textContent = [node.name, ...node.lines].join("\n");
    if (node.table) { place.append(picture(node)); }
  }

  paint();
  plots.forEach((plot, number) => {
    if (!plot.nodes.length) { return; }
    const place = document.getElementById("plot-" + number);
    place.on("plotly_hover", (event) => tell(number, event));
    place.on("plotly_click", (event) => tell(number, event));
    const first = plot.nodes.findIndex((node) => node.table);
    if (first >= 0) { tell(number, { points: [{ customdata: first }] }); }
  });
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((entry) => { entry.open = true; });
  });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    window.matchMedia(query).addEventListener("change", paint);
  }
})();
