namespace Functional

open System
open System.Globalization
open System.Text
open Deedle
open Functional.Notebooks

/// A report: titled sections of text, tables and charts, which become one page of HTML that works without a network. A value: each
/// function of `Report` gives a new one.
[<ReferenceEquality; TypeFormatterSource(typeof<NotebookFormatterSource>)>]
type HtmlReport =
    internal
        {
            Title: string
            Made: string
            /// The last one first.
            Sections: ReportHtml.Section list
        }

    override r.ToString() = $"Report '{r.Title}': {r.Sections.Length} sections"

    interface IShownInNotebooks with
        /// The page in a frame of its own.
        member r.NotebookHtml() =
            let page = ReportHtml.page Embedded r.Title r.Made (List.rev r.Sections)
            $"<iframe srcdoc=\"{Net.WebUtility.HtmlEncode page}\" style=\"width:100%%;height:720px;border:1px solid #e3e8ed\"></iframe>"

/// Reports of models and data.
[<AutoOpen>]
module HtmlReports =

    let private number (value: float) = value.ToString("G6", CultureInfo.InvariantCulture)

    let private section title parts (report: HtmlReport) : HtmlReport =
        { report with Sections = { Title = title; Parts = parts } :: report.Sections }

    let private add part (report: HtmlReport) : HtmlReport =
        match report.Sections with
        | last :: before -> { report with Sections = { last with Parts = last.Parts @ [ part ] } :: before }
        | [] -> section report.Title [ part ] report

    /// The values of each epoch as a table: the first five and the last five of more than ten.
    let private epochs (history: History) =
        let keys = history.Keys

        let row (log: EpochLog) =
            string log.Epoch
            :: [ for key in keys ->
                     log.Values |> List.tryFind (fst >> (=) key) |> Option.map (snd >> number) |> Option.defaultValue "" ]

        let rows = history.Epochs |> List.map row

        let shown =
            if rows.Length <= 10 then
                rows
            else
                List.truncate 5 rows @ [ "..." :: List.replicate keys.Length "" ] @ List.skip (rows.Length - 5) rows

        ReportHtml.Table("epoch" :: keys, shown)

    let private classCounts (dataset: Dataset) =
        match dataset.AllLabels with
        | [ labels ] when labels.DType = DType.Int32 && labels.Shape.Length = 1 ->
            let counts = Tensor.toInts labels |> Array.countBy id |> Array.sort

            let row (label, count) =
                let name = List.tryItem label dataset.ClassNames |> Option.defaultValue (string label)
                let share = 100.0 * float count / float dataset.Count
                [ name; string count; share.ToString("F1", CultureInfo.InvariantCulture) + " %" ]

            [ ReportHtml.Table([ "class"; "samples"; "share" ], counts |> Array.map row |> List.ofArray) ]
        | _ -> []

    let private shapes (tensors: Tensor list) =
        tensors |> List.map (fun x -> Shape.toString x.Shape) |> String.concat ", "

    /// The classification report of an evaluation whose labels are classes.
    let private classification (evaluation: Evaluation) =
        match evaluation.Parts with
        | [ part ] ->
            try
                let scores = Report.scoresAt part.Threshold evaluation.ClassNames part.Labels part.Outputs

                let row (c: ClassScore) =
                    let text (value: float) = value.ToString("F3", CultureInfo.InvariantCulture)
                    [ c.Name; text c.Precision; text c.Recall; text c.F1; string c.Support ]

                let rows = List.map row (scores.Classes @ [ scores.Macro; scores.Weighted ])

                [ ReportHtml.Table([ ""; "precision"; "recall"; "F1"; "samples" ], rows)
                  ReportHtml.Chart("", Chart.confusionMatrix (ConfusionMatrix.ofEvaluation evaluation)) ]
            // numbers, or classes that the outputs do not fit
            with :? FunctionalException ->
                []
        | _ -> []

    /// Reports.
    [<RequireQualifiedAccess>]
    module Report =
        /// A report with this title and the time of now, and nothing in it yet.
        let create (title: string) : HtmlReport =
            { Title = title
              Made = DateTime.Now.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture)
              Sections = [] }

        /// The report with this line below its title instead of the time.
        let withSubtitle (text: string) (report: HtmlReport) : HtmlReport = { report with Made = text }

        /// Begins a section; what is added afterwards stands in it.
        let addSection (title: string) (report: HtmlReport) : HtmlReport = section title [] report

        /// Adds a paragraph.
        let addText (text: string) (report: HtmlReport) : HtmlReport = add (ReportHtml.Paragraph text) report

        /// Adds text of equally wide letters, whose lines and spaces stay, as tables for the terminal.
        let addPreformatted (text: string) (report: HtmlReport) : HtmlReport = add (ReportHtml.Preformatted text) report

        /// Adds a table of a header and rows; cells that are numbers stand to the right.
        let addTable (header: seq<string>) (rows: seq<#seq<string>>) (report: HtmlReport) : HtmlReport =
            add (ReportHtml.Table(List.ofSeq header, [ for row in rows -> List.ofSeq row ])) report

        /// Adds a chart, with a caption below it that may be empty.
        let addChart (caption: string) (figure: Figure) (report: HtmlReport) : HtmlReport =
            add (ReportHtml.Chart(caption, figure)) report

        /// Adds a section "Model" with the summary of a model.
        let addModel (model: Model) (report: HtmlReport) : HtmlReport =
            section "Model" [ ReportHtml.Preformatted(Model.summary model) ] report

        /// Adds a section "Data" of a dataset: samples, shapes, and how many samples there are of each class.
        let addDataset (dataset: Dataset) (report: HtmlReport) : HtmlReport =
            let facts =
                [ [ "samples"; string dataset.Count ]
                  [ "features"; shapes dataset.Inputs ]
                  [ "labels"; shapes dataset.AllLabels ] ]

            section "Data" (ReportHtml.Table([ ""; "" ], facts) :: classCounts dataset) report

        /// Adds a section "Data" of a frame: what `Frame.describe` says of its columns, and its first rows.
        let addFrame (frame: Frame<'R, string>) (report: HtmlReport) : HtmlReport =
            report
            |> section
                "Data"
                [ ReportHtml.Html(Frame.toHtml (Frame.describeAsFrame frame)); ReportHtml.Html(Frame.toHtml frame) ]

        /// Adds a section "Training": loss and metrics of each epoch, of training and validation, as curves and as a table.
        let addHistory (history: History) (report: HtmlReport) : HtmlReport =
            let parts =
                if history.Epochs.IsEmpty then
                    [ ReportHtml.Paragraph "No epoch was finished." ]
                else
                    [ ReportHtml.Chart("", Chart.history history); epochs history ]

            section "Training" parts report

        /// Adds a section "Evaluation": loss and metrics; of classes also precision, recall and F1 of each, and the confusion matrix.
        let addEvaluation (evaluation: Evaluation) (report: HtmlReport) : HtmlReport =
            let loss = evaluation.Loss |> Option.map (fun loss -> [ "loss"; number loss ]) |> Option.toList
            let metrics = [ for name, value in evaluation.Metrics -> [ name; number value ] ]

            report
            |> section
                "Evaluation"
                (ReportHtml.Table([ "metric"; "value" ], loss @ metrics) :: classification evaluation)

        /// The page of HTML, with plotly.js from where `source` says.
        let toHtmlFrom (source: PlotlySource) (report: HtmlReport) : string =
            ReportHtml.page source report.Title report.Made (List.rev report.Sections)

        /// The page of HTML; it holds all it needs, plotly.js once (4.6 MB) where there is a chart.
        let toHtml (report: HtmlReport) : string = toHtmlFrom Embedded report

        /// Writes the page to a file, atomically: a reader finds the old file or the new one, whole.
        let save (path: string) (report: HtmlReport) : unit =
            let page = Encoding.UTF8.GetBytes(toHtml report)
            AtomicFile.write path (fun stream -> stream.Write(page, 0, page.Length))
