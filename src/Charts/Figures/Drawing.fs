/// HTML that draws a figure from its JSON, for pages and for notebooks.
module internal Functional.Drawing

open System
open System.Threading
open Newtonsoft.Json.Linq

/// The element that a figure is drawn into, as wide as its surroundings up to `width`.
let private element (id: string) (width: int) (height: int) =
    $"<div id=\"{id}\" class=\"chart\" style=\"width:100%%;max-width:{width}px;height:{height}px\"></div>"

/// The element and the script that draw a figure, by an id that the page has once. plotly.js must stand before it.
let inPage (id: string) (width: int) (height: int) (figure: JObject) : string =
    $"""{element id width height}
<script>
Plotly.newPlot("{id}", {PlotJson.script figure});
</script>"""

// The first figure that a process shows in a notebook brings plotly.js; the others find it there.
let mutable private shown = 0

/// The output of a notebook's cell. The first of a process brings plotly.js, later ones wait for it; a page of which the first is gone,
/// as a notebook opened again, takes it from the CDN after two seconds.
let inNotebook (width: int) (height: int) (figure: JObject) : string =
    let id = $"functional-chart-{Guid.NewGuid():N}"

    let library =
        if Interlocked.Exchange(&shown, 1) = 0 then
            // without the names by which loaders of modules would catch it
            "<script>if (!window.Plotly) (function (define, module, exports) {\n"
            + PlotlyScript.text ()
            + "\n}).call(window);</script>\n"
        else
            ""

    $"""{library}{element id width height}
<script>
(function () {{
  var figure = {PlotJson.script figure};
  var tries = 0;
  function draw() {{
    if (window.Plotly) {{ window.Plotly.newPlot("{id}", figure); return; }}
    if (tries++ === 20) {{
      var script = document.createElement("script");
      script.src = "{PlotlyScript.cdn}";
      document.head.appendChild(script);
    }}
    if (tries < 300) setTimeout(draw, 100);
  }}
  draw();
}})();
</script>"""
