namespace Functional

/// How sizes along one, two or three axes are written: as a number, a pair or a triple.
type internal Sizes<'Size> =
    {
        /// The number of axes.
        Axes: int
        /// The sizes in the order of the axes.
        ToList: 'Size -> int list
        /// The sizes that a setting holds.
        OfSetting: Settings.Source -> string -> 'Size
    }

/// The sizes of windows over sequences, images and volumes.
module internal Sizes =
    let one: Sizes<int> = { Axes = 1; ToList = List.singleton; OfSetting = Settings.whole }

    let two: Sizes<int * int> =
        { Axes = 2; ToList = (fun (height, width) -> [ height; width ]); OfSetting = Spatial.pairOf }

    let three: Sizes<int * int * int> =
        { Axes = 3
          ToList = fun (depth, height, width) -> [ depth; height; width ]
          OfSetting = Spatial.tripleOf }
