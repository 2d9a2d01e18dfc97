namespace Freedom

open Functional

/// What every example is told.
type Options =
    {
        /// The number of epochs or steps that was asked for; else the example's own.
        Steps: int option
        /// Whether a few seconds are enough; figures are then not judged.
        Quick: bool
        /// The HTML file for the pictures.
        Page: string
    }

    /// The steps asked for, a few if it is to be quick, else the example's own number.
    member options.StepsOr(own: int) : int = defaultArg options.Steps (if options.Quick then max 1 (own / 100) else own)

    /// Saves the pictures, and says where they are.
    member options.Show(report: HtmlReport) : unit =
        report |> Report.save options.Page
        printfn $"{options.Page} shows it"

    /// Prints a figure beside the largest that is good, and says whether it is.
    member options.Judge(name: string, value: float, most: float) : bool =
        let asked = if options.Quick then "" else $", to stay below {most}"
        printfn $"{name} %.5f{value}{asked}"
        options.Quick || value <= most
