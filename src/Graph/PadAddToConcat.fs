/// Sums of padded parts that lie side by side, as the cotangents of slices of one value do, become concatenations.
module internal Functional.PadAddToConcat

open Functional

/// Matches a sum of values that are each padded with zeros along a single axis: (axis, start, value). Sums nested more
/// than `most` deep are not matched, so that the work for a long sum stays linear.
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

/// x + y as a concatenation of the parts, where they fill an axis without gaps and overlaps. Every element keeps its
/// value, but for the sign of a zero.
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
