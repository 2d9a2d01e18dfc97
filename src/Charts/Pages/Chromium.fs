/// The browser that draws pictures: an installed Chromium, found and started without a window.
module internal Functional.Chromium

open System
open System.IO
open PuppeteerSharp

let private names =
    [ "chromium"
      "chromium-browser"
      "google-chrome"
      "google-chrome-stable"
      "chrome"
      "microsoft-edge"
      "msedge" ]

let private usualPlaces =
    [ "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
      "/Applications/Chromium.app/Contents/MacOS/Chromium"
      @"C:\Program Files\Google\Chrome\Application\chrome.exe"
      @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" ]

let private inFolders (path: string) =
    let folders = path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
    let endings = if OperatingSystem.IsWindows() then [ ".exe" ] else [ "" ]

    [ for name in names do
          for folder in folders do
              for ending in endings do
                  Path.Combine(folder, name + ending) ]

let private missing =
    "Pictures of charts are drawn by Chromium, and this machine has none in its path: install chromium or Google Chrome, or name its \
     program in the environment variable FUNCTIONAL_CHROMIUM. Pages (Chart.saveHtml) need none."

let private variable name =
    Environment.GetEnvironmentVariable name |> Option.ofObj |> Option.defaultValue ""

/// The program that `named` names, or without a name the first found in the folders of `path` and in other places; none without one.
/// A name of no file is an error.
let tryFindIn (named: string) (path: string) (otherPlaces: string list) : string option =
    match named with
    | "" -> inFolders path @ otherPlaces |> List.tryFind File.Exists
    | named when File.Exists named -> Some named
    | named -> Fail.file named "is not there, but FUNCTIONAL_CHROMIUM names it as the Chromium to draw with."

/// The path of the program: the one that FUNCTIONAL_CHROMIUM names, or the first found; none without one.
let tryFind () : string option = tryFindIn (variable "FUNCTIONAL_CHROMIUM") (variable "PATH") usualPlaces

/// The path of the program; none is an error that says how to mend it.
let demand (operation: string) (found: string option) : string =
    match found with
    | Some path -> path
    | None -> Fail.data operation missing

/// Starts the browser of this program without a window.
let startAt (path: string) : IBrowser =
    let arguments =
        [| // the sandbox refuses to run for root
           if Environment.IsPrivilegedProcess && not (OperatingSystem.IsWindows()) then
               "--no-sandbox"
           "--disable-dev-shm-usage"
           "--hide-scrollbars"
           "--force-color-profile=srgb"
           "--enable-unsafe-swiftshader" |]

    let options =
        LaunchOptions(
            ExecutablePath = path,
            Headless = true,
            Args = arguments,
            Timeout = 30000,
            ProtocolTimeout = 300000
        )

    try
        Async.RunSynchronously(async { return! Puppeteer.LaunchAsync options |> Async.AwaitTask })
    with
    | :? PuppeteerException
    | :? ComponentModel.Win32Exception
    | :? AggregateException as e -> Fail.file path $"does not start as a browser: {e.GetBaseException().Message.Trim()}"

/// Starts the browser; none installed is an error that says how to mend it.
let start (operation: string) : IBrowser = startAt (demand operation (tryFind ()))
