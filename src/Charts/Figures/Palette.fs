namespace Functional

/// Colours that stay apart for the colour-blind, and symbols and dashes that tell series apart without colour.
[<RequireQualifiedAccess>]
module Palette =
    /// Twelve colours for classes and series, as "#rrggbb": Okabe and Ito's palette, black and yellow last; then light green, blue,
    /// brown and navy, which were searched for as far from all others as can be, in CIELAB, to people who see all colours and to
    /// those who see no red or no green.
    let qualitative =
        [ "#0072B2"; "#D55E00"; "#009E73"; "#CC79A7"; "#E69F00"; "#56B4E9"; "#000000"; "#F0E442" ]
        @ [ "#8CE68C"; "#0000FF"; "#403300"; "#00004D" ]

    /// The colour of series `i` >= 0; from the 13th on, colours begin again.
    let color i = qualitative[i % qualitative.Length]

    let private symbols =
        [ "circle"; "square"; "diamond"; "triangle-up"; "cross"; "x"; "star"; "triangle-down" ]

    /// The marker symbol of class `i` >= 0, of eight. From the 13th class on, symbols are shifted against colours, so that 96
    /// classes differ in one of the two.
    let symbol i = symbols[(i + i / qualitative.Length) % symbols.Length]

    let private dashes = [ "solid"; "dash"; "dot"; "dashdot"; "longdash"; "longdashdot" ]

    /// The line dash of series `i` >= 0: solid for the first twelve, which differ by colour; other dashes after them.
    let dash i = dashes[i / qualitative.Length % dashes.Length]

    /// A colour scale for numbers from low to high: (position from 0 to 1, colour). Cividis, which looks the same to people with and
    /// without red-green colour blindness, and grows lighter evenly (Nuñez, Anderton and Renslow 2018).
    let sequential =
        [ 0.0, "#00224E"
          0.125, "#1C3A6E"
          0.25, "#434E6C"
          0.375, "#616369"
          0.5, "#7D7C78"
          0.625, "#9B9476"
          0.75, "#BBAF6A"
          0.875, "#DDCB55"
          1.0, "#FEE838" ]

    /// A light colour scale for counts and shares under dark numbers: white to the first colour of `qualitative`.
    let tint = [ 0.0, "#FFFFFF"; 0.25, "#D3E5F0"; 0.5, "#97C3DF"; 0.75, "#4B97C6"; 1.0, "#0072B2" ]

    /// A colour scale for numbers on both sides of a middle: blue, white in the middle, orange.
    let diverging =
        [ 0.0, "#08519C"
          0.2, "#3D8AC4"
          0.4, "#BDD9EC"
          0.5, "#F7F7F7"
          0.6, "#FBD3B0"
          0.8, "#E07B28"
          1.0, "#9A3D00" ]

    /// The colour that says wrong: a red that differs from `right` in lightness too.
    let wrong = "#C1121F"

    /// The colour that says right.
    let right = "#1B3A57"
