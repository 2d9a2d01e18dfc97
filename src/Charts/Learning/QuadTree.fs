namespace Functional

/// A quadtree over points of the plane, whose cells know the number and the centre of mass of their points: many far points
/// act on one as their centre would. From Barnes and Hut, "A hierarchical O(N log N) force-calculation algorithm", Nature 324
/// (1986). The cells stand depth first, each with the index of the next one outside it, so that a walk needs no stack.
[<Sealed>]
type internal QuadTree(xs: float[], ys: float[]) =
    // 2^-40 of the whole extent: points that near are one
    static let deepest = 40

    let counts = ResizeArray<int>()
    let centresX = ResizeArray<float>()
    let centresY = ResizeArray<float>()
    // the squared width; 0 for a leaf, which always acts as one
    let widths = ResizeArray<float>()
    let nexts = ResizeArray<int>()
    let order = Array.init xs.Length id
    let room = Array.zeroCreate<int> xs.Length

    let add first last width =
        let mutable x = 0.0
        let mutable y = 0.0

        for i in first .. last - 1 do
            x <- x + xs[order[i]]
            y <- y + ys[order[i]]

        let count = float (last - first)
        counts.Add(last - first)
        centresX.Add(x / count)
        centresY.Add(y / count)
        widths.Add(width * width)
        nexts.Add 0
        counts.Count - 1

    /// Sorts the points of a range by quadrant; gives the ends of the quadrants.
    let partition first last x y =
        let quadrant i = (if xs[i] < x then 0 else 1) + (if ys[i] < y then 0 else 2)
        let ends = Array.zeroCreate<int> 5
        ends[0] <- first

        for q in 0..3 do
            let mutable place = ends[q]

            for i in first .. last - 1 do
                if quadrant order[i] = q then
                    room[place] <- order[i]
                    place <- place + 1

            ends[q + 1] <- place

        Array.blit room first order first (last - first)
        ends

    let rec build first last x y half depth =
        let isLeaf = last - first = 1 || depth = deepest
        let cell = add first last (if isLeaf then 0.0 else 2.0 * half)

        if not isLeaf then
            let ends = partition first last x y
            let quarter = half / 2.0

            for q in 0..3 do
                if ends[q + 1] > ends[q] then
                    let x = if q % 2 = 0 then x - quarter else x + quarter
                    let y = if q < 2 then y - quarter else y + quarter
                    build ends[q] ends[q + 1] x y quarter (depth + 1)

        nexts[cell] <- counts.Count

    do
        if xs.Length > 0 then
            let left, right, low, high = Array.min xs, Array.max xs, Array.min ys, Array.max ys
            let half = max (right - left) (high - low) / 2.0
            build 0 xs.Length ((left + right) / 2.0) ((low + high) / 2.0) half (if half = 0.0 then deepest else 0)

    let counts, centresX, centresY = counts.ToArray(), centresX.ToArray(), centresY.ToArray()
    let widths, nexts = widths.ToArray(), nexts.ToArray()

    /// The number of cells.
    member _.CellCount = counts.Length

    /// The sums over all points of q, q² dx and q² dy at a point, where q = 1 / (1 + d²). A cell acts as its centre where its
    /// width is below `angle` times its distance; 0 is exact. The point itself counts q = 1.
    member _.Sums(x: float, y: float, angle: float) : struct (float * float * float) =
        let squaredAngle = angle * angle
        let mutable total = 0.0
        let mutable forceX = 0.0
        let mutable forceY = 0.0
        let mutable cell = 0

        while cell < counts.Length do
            let dx = x - centresX[cell]
            let dy = y - centresY[cell]
            let squared = dx * dx + dy * dy

            if widths[cell] <= squaredAngle * squared || widths[cell] = 0.0 then
                let q = 1.0 / (1.0 + squared)
                let share = float counts[cell] * q
                total <- total + share
                forceX <- forceX + share * q * dx
                forceY <- forceY + share * q * dy
                cell <- nexts[cell]
            else
                cell <- cell + 1

        struct (total, forceX, forceY)
