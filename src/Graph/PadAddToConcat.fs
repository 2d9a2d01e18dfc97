/// Sums of parts that lie side by side: what the cotangents of slices of one value come to.
module internal Functional.PadAddToConcat

open Functional

/// The parts of a sum in which each one stands between zeros along a single axis: the axis, where it begins, and the
/// part. A sum of more than `most` additions deep is not looked through, so that the work for a long sum stays linear.
let rec private tryParts most (b: Rewrite.Builder) (r: Ref) : (int * int * Ref) list option =
    match b.Source r with
    | Some(Op.Binary Binary.Add, [ x; y ]) when most > 0 ->
        match tryParts (most - 1) b x with
        | Some left -> tryParts (most - 1) b y |> Option.map (fun right -> left @ right)
        | None -> None
    | Some(Op.Pad(paddings, 0.0), [ x ]) ->
        match paddings |> List.indexed |> List.filter (fun (_, p) -> p.Low + p.High + p.Interior > 0) with
        | [ axis, p ] when p.Interior = 0 -> Some [ axis, p.Low, x ]
        | _ -> None
    | _ -> None

let private deepest = 8

/// x + y as the parts joined, where they fill an axis without gaps and without meeting. Every element stays what it
/// was, but for the sign of a zero.
let tryConcat (b: Rewrite.Builder) (x: Ref) (y: Ref) : Ref option =
    match tryParts deepest b x with
    | None -> None
    | Some left ->
        match tryParts deepest b y with
        | None -> None
        | Some right ->
            let all = left @ right |> List.sortBy (fun (_, start, _) -> start)
            let axis, _, _ = all.Head
            let length part = (b.Signature part).Shape[axis]

            let fill place (along, start, part) =
                match place with
                | Some here when along = axis && start = here -> Some(here + length part)
                | _ -> None

            if List.fold fill (Some 0) all = Some((b.Signature x).Shape[axis]) then
                Some(b.Apply(Op.Concat axis, all |> List.map (fun (_, _, part) -> part)))
            else
                None
