namespace Functional

open System
open System.Threading.Tasks

/// The descent of t-SNE in the plane: forces between points, momentum and gains. Positions are x of all points and then y.
module internal TSneDescent =
    /// The sums over the other points of q, q² dx and q² dy for each point, where q = 1 / (1 + d²).
    type Repulsion = float[] -> struct (float * float * float)[]

    let private split (positions: float[]) =
        let n = positions.Length / 2
        Array.sub positions 0 n, Array.sub positions n n

    let private forEachPoint n (f: int -> struct (float * float * float)) =
        let all = Array.zeroCreate n
        Parallel.For(0, n, (fun i -> all[i] <- f i)) |> ignore
        all

    /// All pairs, n² steps.
    let exact: Repulsion =
        fun positions ->
            let xs, ys = split positions

            forEachPoint xs.Length (fun i ->
                let x, y = xs[i], ys[i]
                let mutable total = -1.0
                let mutable forceX = 0.0
                let mutable forceY = 0.0

                for j in 0 .. xs.Length - 1 do
                    let dx = x - xs[j]
                    let dy = y - ys[j]
                    let q = 1.0 / (1.0 + dx * dx + dy * dy)
                    total <- total + q
                    forceX <- forceX + q * q * dx
                    forceY <- forceY + q * q * dy

                struct (total, forceX, forceY))

    /// Cells of a quadtree for points that are far, n log n steps. From van der Maaten, "Accelerating t-SNE using tree-based
    /// algorithms", JMLR 15 (2014).
    let barnesHut (angle: float) : Repulsion =
        fun positions ->
            let xs, ys = split positions
            let tree = QuadTree(xs, ys)

            forEachPoint xs.Length (fun i ->
                let struct (total, forceX, forceY) = tree.Sums(xs[i], ys[i], angle)
                struct (total - 1.0, forceX, forceY))

    /// The least probability in a divergence, the distance of 1 from the next float64, as in scikit-learn.
    let private least = 2.220446049250313e-16

    /// The gradient 4 Σ (p - q/Z) q dx at some positions for exaggerated affinities, and the Kullback-Leibler divergence of
    /// these affinities from those of the plane.
    let gradient (p: Affinities) (exaggeration: float) (repulsion: Repulsion) (positions: float[]) =
        let n = positions.Length / 2
        let sums = repulsion positions
        let z = max least (sums |> Array.sumBy (fun (struct (total, _, _)) -> total))
        let result = Array.zeroCreate<float> positions.Length
        let divergences = Array.zeroCreate<float> n

        Parallel.For(
            0,
            n,
            (fun i ->
                let x, y = positions[i], positions[n + i]
                let mutable forceX = 0.0
                let mutable forceY = 0.0
                let mutable divergence = 0.0

                for k in p.Starts[i] .. p.Starts[i + 1] - 1 do
                    let j = p.Columns[k]
                    let dx = x - positions[j]
                    let dy = y - positions[n + j]
                    let q = 1.0 / (1.0 + dx * dx + dy * dy)
                    let affinity = exaggeration * p.Values[k]
                    forceX <- forceX + affinity * q * dx
                    forceY <- forceY + affinity * q * dy
                    divergence <- divergence + affinity * log (max affinity least / max (q / z) least)

                let struct (_, apartX, apartY) = sums[i]
                result[i] <- 4.0 * (forceX - apartX / z)
                result[n + i] <- 4.0 * (forceY - apartY / z)
                divergences[i] <- divergence)
        )
        |> ignore

        result, Array.sum divergences

    /// A stage of the descent: its exaggeration, its momentum, the iteration after its last one, and how many iterations may
    /// pass without a smaller divergence.
    type Stage = { Exaggeration: float; Momentum: float; Until: int; Patience: int }

    /// One step in place: each coordinate's gain grows by 0.2 where the gradient goes on in the direction of the update, and
    /// shrinks by a fifth where it turns. From Jacobs, "Increased rates of convergence through learning rate adaptation",
    /// Neural Networks 1 (1988).
    let private step rate momentum (gradient: float[]) (gains: float[]) (update: float[]) (positions: float[]) =
        for i in 0 .. positions.Length - 1 do
            let gain = if update[i] * gradient[i] < 0.0 then gains[i] + 0.2 else gains[i] * 0.8
            gains[i] <- max 0.01 gain
            gradient[i] <- gradient[i] * gains[i]
            update[i] <- momentum * update[i] - rate * gradient[i]
            positions[i] <- positions[i] + update[i]

    /// Descends from an iteration on, in place. Every 50 iterations it ends where the divergence has not fallen for too long,
    /// or the gradient is short. Gives the iteration that would be next, and the last divergence.
    let run p repulsion (rate: float) (shortest: float) (stage: Stage) (first: int) (positions: float[]) =
        let gains = Array.create positions.Length 1.0
        let update = Array.zeroCreate<float> positions.Length
        let mutable iteration = first
        let mutable divergence = infinity
        let mutable best = infinity
        let mutable bestIteration = first
        let mutable isDone = false

        while not isDone && iteration < stage.Until do
            let slope, value = gradient p stage.Exaggeration repulsion positions
            step rate stage.Momentum slope gains update positions
            divergence <- value

            if (iteration + 1) % 50 = 0 then
                if value < best then
                    best <- value
                    bestIteration <- iteration
                elif iteration - bestIteration > stage.Patience then
                    isDone <- true

                if sqrt (slope |> Array.sumBy (fun g -> g * g)) <= shortest then
                    isDone <- true

            iteration <- iteration + 1

        iteration, divergence
