namespace Functional

open System
open System.Collections.Concurrent
open System.Threading
open System.Threading.Tasks
open PuppeteerSharp

/// Draws charts as pictures in one headless Chromium, which is started once and ended by `Dispose`. Several threads may use it; they
/// take turns.
[<Sealed>]
type ChartRenderer private (browser: IBrowser, page: IPage, problems: ConcurrentQueue<string>) =
    let turn = new SemaphoreSlim 1

    /// The longest that a picture may take. A GIF of 200 frames takes about a minute.
    static let patience = TimeSpan.FromMinutes 5.0

    static let draws =
        """const figure = JSON.parse(text);
           // the browser keeps but a few contexts of WebGL alive
           for (const old of [...document.body.children]) {
             if (old.data) Plotly.purge(old);
             for (const canvas of old.querySelectorAll('canvas'))
               for (const kind of ['webgl', 'webgl2'])
                 canvas.getContext(kind)?.getExtension('WEBGL_lose_context')?.loseContext();
           }
           const gd = document.createElement('div');
           gd.style.width = width + 'px';
           gd.style.height = height + 'px';
           document.body.replaceChildren(gd);
           figure.layout.width = width;
           figure.layout.autosize = false;
           await Plotly.newPlot(gd, figure);
           """

    static let picture =
        "async (text, width, height, format, scale) => {"
        + draws
        + "const url = await Plotly.toImage(gd, { format, width, height, scale }); Plotly.purge(gd); return url; }"

    static let animation =
        "async (text, width, height, scale, delay) => {"
        + draws
        + """const canvas = document.createElement('canvas');
           canvas.width = Math.round(width * scale);
           canvas.height = Math.round(height * scale);
           const context = canvas.getContext('2d', { willReadFrequently: true });
           const gif = gifenc.GIFEncoder();
           const at = { mode: 'immediate', frame: { duration: 0, redraw: true }, transition: { duration: 0 } };
           await Plotly.relayout(gd, { updatemenus: [] });
           for (const [i, frame] of figure.frames.entries()) {
             await Plotly.animate(gd, [frame.name], at);
             if (gd.layout.sliders && gd.layout.sliders.length) gd.layout.sliders[0].active = i;
             const image = new Image();
             image.src = await Plotly.toImage(gd, { format: 'png', width, height, scale });
             await image.decode();
             context.drawImage(image, 0, 0, canvas.width, canvas.height);
             const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
             const palette = gifenc.quantize(pixels, 256);
             gif.writeFrame(gifenc.applyPalette(pixels, palette), canvas.width, canvas.height, { palette, delay });
           }
           gif.finish();
           Plotly.purge(gd);
           const bytes = gif.bytes();
           let text64 = '';
           for (let i = 0; i < bytes.length; i += 32768)
             text64 += String.fromCharCode.apply(null, bytes.subarray(i, i + 32768));
           return btoa(text64); }"""

    /// Texts whose box leaves the picture, of the chart drawn with its defaults.
    static let inspection =
        """const area = gd.getBoundingClientRect();
           const outside = [];
           for (const label of gd.querySelectorAll('svg.main-svg text')) {
             const box = label.getBoundingClientRect();
             if (!label.textContent.trim() || box.width === 0) continue;
             if (box.left < area.left - 1 || box.right > area.right + 1 || box.top < area.top - 1 || box.bottom > area.bottom + 1)
               outside.push('outside: ' + label.textContent + ' at ' + [box.left, box.right, box.top, box.bottom].map(Math.round));
           }
           // arguments of buttons are free
           const flaws = Plotly.validate(figure.data, figure.layout) || [];
           for (const flaw of flaws.filter(flaw => !/\.args\[/.test(flaw.astr)))
             outside.push('attribute: ' + flaw.msg);
           return outside;"""

    /// Goes to a frame of an animation, with its slider.
    static let toFrame (index: int) =
        $"""const slider = gd.layout.sliders && gd.layout.sliders.length ? {{ 'sliders[0].active': {index} }} : {{}};
           await Plotly.animate(gd, [figure.frames[{index}].name],
             {{ mode: 'immediate', frame: {{ duration: 0, redraw: true }}, transition: {{ duration: 0 }} }});
           await Plotly.relayout(gd, slider);
           """

    static let listen (problems: ConcurrentQueue<string>) (page: IPage) =
        page.PageError.Add(fun e -> problems.Enqueue $"page: {e.Message}")

        // drivers of graphics warn of their own speed
        let isOfDriver (text: string) = text.Contains "GL Driver Message" || text.StartsWith "Canvas2D"

        page.Console.Add(fun e ->
            let isBad = e.Message.Type = ConsoleType.Error || e.Message.Type = ConsoleType.Warning

            if isBad && not (isOfDriver e.Message.Text) then
                problems.Enqueue $"{e.Message.Type}: {e.Message.Text}")

    let run operation (work: unit -> Task<'T>) : 'T =
        turn.Wait()

        try
            try
                // away from a caller's synchronization context, which waits here
                Task.Run<'T>(work).WaitAsync(patience).GetAwaiter().GetResult()
            with
            | :? PuppeteerException
            | :? TimeoutException as e ->
                Fail.data operation $"Chromium could not draw the chart: {e.GetBaseException().Message.Trim()}"
        finally
            turn.Release() |> ignore

    /// Runs a function of JavaScript in the page of charts. It must be in front: a hidden page draws no frames, and promises that wait
    /// for one never end.
    let evaluate (script: string) (arguments: obj[]) : Task<'T> =
        task {
            do! page.BringToFrontAsync()
            return! page.EvaluateFunctionAsync<'T>(script, arguments)
        }

    let json (figure: Figure) = box (figure.ToJson())

    let checkScale operation (scale: float) =
        if not (scale >= 0.1 && scale <= 10.0) then
            Fail.argument operation "scale" scale "is out of range; give 0.1 to 10."

    let toImage operation (format: string) (scale: float) (figure: Figure) =
        checkScale operation scale

        run operation (fun () -> evaluate picture [| json figure; figure.Width; figure.Height; format; scale |])

    /// Starts Chromium. The one that the environment variable FUNCTIONAL_CHROMIUM names is taken, else one from the path; none is an
    /// error of `InvalidData` that says how to mend it.
    static member Start() : ChartRenderer =
        let browser = Chromium.start "ChartRenderer.Start"
        let problems = ConcurrentQueue<string>()

        let prepare () : Task<IPage> =
            task {
                let! page = browser.NewPageAsync()
                listen problems page

                do!
                    page.SetContentAsync
                        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body style=\"margin:0\"></body></html>"

                let! _ = page.AddScriptTagAsync(AddTagOptions(Content = PlotlyScript.text ()))

                let encoder =
                    $"window.gifenc = (function (exports) {{ {PlotlyScript.gifEncoder ()}; return exports; }})({{}});"

                let! _ = page.AddScriptTagAsync(AddTagOptions(Content = encoder))
                return page
            }

        new ChartRenderer(browser, Task.Run<IPage>(prepare).GetAwaiter().GetResult(), problems)

    /// The chart as a PNG of its size times `scale` (from 0.1 to 10; 2 for dense screens and print).
    member _.Png(figure: Figure, scale: float) : byte[] =
        let url: string = toImage "ChartRenderer.Png" "png" scale figure
        Convert.FromBase64String(url.Substring(url.IndexOf ',' + 1))

    /// The chart as SVG of its size. Traces drawn by WebGL are pictures in it.
    member _.Svg(figure: Figure) : string =
        let url: string = toImage "ChartRenderer.Svg" "svg" 1.0 figure
        Uri.UnescapeDataString(url.Substring(url.IndexOf ',' + 1))

    /// The frames of an animation as a GIF that runs again and again, of the chart's size times `scale` (from 0.1 to 10), each frame
    /// `milliseconds` long. A chart without frames is an error.
    member _.Gif(figure: Figure, milliseconds: int, scale: float) : byte[] =
        let operation = "ChartRenderer.Gif"
        checkScale operation scale

        if figure.Frames.IsEmpty then
            Fail.argument operation "figure" (string figure) "has no frames; give it some with Chart.animate."

        if milliseconds < 10 then
            Fail.argument operation "milliseconds" milliseconds "is too short for a GIF; give 10 or more."

        run operation (fun () -> evaluate animation [| json figure; figure.Width; figure.Height; scale; milliseconds |])
        |> Convert.FromBase64String

    /// Draws the chart and runs statements of JavaScript that return a value; `gd` is the chart's element.
    member internal _.Probe<'T>(figure: Figure, statements: string) : 'T =
        let script =
            "async (text, width, height) => {"
            + draws
            + "await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));"
            + statements
            + "}"

        run "ChartRenderer.Probe" (fun () -> evaluate script [| json figure; figure.Width; figure.Height |])

    /// A frame of an animation, counted from 0, as a PNG.
    member internal r.FramePng(figure: Figure, frame: int) : byte[] =
        let picture =
            "return (await Plotly.toImage(gd, { format: 'png', width, height, scale: 1 })).split(',')[1];"

        Convert.FromBase64String(r.Probe<string>(figure, toFrame frame + picture))

    /// The texts of the chart, of a frame of it where one is named, that leave its picture, and what the page has complained of since
    /// it was asked last.
    member internal r.Inspect(figure: Figure, ?frame: int) : string list =
        let moves = frame |> Option.map toFrame |> Option.defaultValue ""
        let outside: string[] = r.Probe(figure, moves + inspection)
        let complaints = problems.ToArray()
        problems.Clear()
        List.ofArray outside @ List.ofArray complaints

    /// Opens a page of HTML as it is, and runs statements of JavaScript in it that return a value; also gives what the page has
    /// complained of.
    member internal _.Open(html: string, width: int, statements: string, picture: string option) : 'T * string list =
        let complaints = ConcurrentQueue<string>()

        let work () : Task<'T> =
            task {
                use! other = browser.NewPageAsync()
                do! other.SetViewportAsync(ViewPortOptions(Width = width, Height = 800))
                listen complaints other
                do! other.SetContentAsync html
                let! value = other.EvaluateFunctionAsync<'T>("async () => {" + statements + "}")

                match picture with
                | Some path -> do! other.ScreenshotAsync(path, ScreenshotOptions(FullPage = true))
                | None -> ()

                do! other.CloseAsync()
                return value
            }

        let value = run "ChartRenderer.Open" work
        value, List.ofSeq complaints

    interface IDisposable with
        member _.Dispose() =
            Task.Run(fun () -> browser.CloseAsync()).GetAwaiter().GetResult()
            browser.Dispose()
            turn.Dispose()
