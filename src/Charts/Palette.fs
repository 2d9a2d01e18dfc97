/// Colours that stay apart for the colour-blind: Okabe and Ito's palette for classes.
module internal Functional.Palette

/// The colour of each class, from the first on; more classes than colours begin again.
let classes = [ "#0072B2"; "#D55E00"; "#009E73"; "#CC79A7"; "#E69F00"; "#56B4E9"; "#F0E442"; "#000000" ]
