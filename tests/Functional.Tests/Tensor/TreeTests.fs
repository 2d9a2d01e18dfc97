/// Values under names.
module Functional.Tests.TreeTests

open FsCheck
open FsCheck.FSharp
open Functional
open Functional.Tests.Cases
open Expecto

/// Trees of numbers, with names that are distinct in each node.
let private trees =
    let rec sized size =
        if size <= 1 then
            Gen.choose (0, 99) |> Gen.map Leaf
        else
            gen {
                let! names = Gen.subListOf [ "kernel"; "bias"; "dense"; "dense_1"; "x" ]
                let! branches = Gen.listOfLength names.Length (sized (size / 3))
                return Node(List.zip names branches)
            }

    Gen.sized sized

[<Tests>]
let tests =
    [ testCase "mapping, flattening and folding keep the form and the order of trees" (fun () ->
          forAll "map id" trees (fun t -> Tree.map id t = t)
          forAll "map composes" trees (fun t -> Tree.map ((+) 1 >> (*) 2) t = Tree.map ((*) 2) (Tree.map ((+) 1) t))
          forAll "flatten and back" trees (fun t -> Tree.ofFlat t (Tree.flatten t) = t)
          forAll "back from any order" trees (fun t -> Tree.ofFlat t (List.rev (Tree.flatten t)) = t)

          forAll "leaves" trees (fun t ->
              Tree.leaves t = List.map snd (Tree.flatten t) && Tree.count t = (Tree.leaves t).Length)

          forAll "fold" trees (fun t -> Tree.fold (+) 0 t = List.sum (Tree.leaves t))
          forAll "zip" trees (fun t -> Tree.zip t (Tree.map string t) = Tree.map (fun v -> v, string v) t)
          forAll "withLeaves" trees (fun t -> Tree.withLeaves t (Tree.leaves t) = t)

          forAll "paths lead to their leaves" trees (fun t ->
              Tree.flatten t
              |> List.forall (fun (path, leaf) -> Tree.tryFind path t = Some(Leaf leaf) && t[path] = leaf)
              && Tree.mapi (fun path _ -> path) t |> Tree.leaves = List.map fst (Tree.flatten t)))

      testCase "a path leads to its leaf, or nowhere" (fun () ->
          let t =
              Node [ "encoder", Node [ "dense_1", Node [ "kernel", Leaf 1; "bias", Leaf 2 ] ]; "scale", Leaf 3 ]

          Expect.Equal<(string * int) list>(
              [ "encoder/dense_1/kernel", 1; "encoder/dense_1/bias", 2; "scale", 3 ],
              Tree.flatten t
          )

          Expect.Equal(None, Tree.tryFind "encoder/dense_2" t)
          Expect.Equal(Some(Leaf 3), Tree.tryFind "scale" t)
          Expect.Empty(Tree.leaves (Tree.empty: Tree<int>))
          Expect.Equal(Node [ "a", Leaf 1 ], Tree.ofList [ "a", 1 ]))

      testCase "trees that differ say where" (fun () ->
          let a = Node [ "dense", Node [ "kernel", Leaf 1; "bias", Leaf 2 ] ]
          let b = Node [ "dense", Node [ "kernel", Leaf 1; "bais", Leaf 2 ] ]

          fails
              "Tree.map2: the two trees differ at 'dense'; they must have the same names in the same order."
              (fun () -> Tree.map2 (+) a b)

          fails
              "Tree.map2: the two trees differ at the root; they must have the same names in the same order."
              (fun () -> Tree.map2 (+) a (Leaf 1))

          fails "Tree.ofFlat: path = \"dense/bias\" is missing among the leaves; the tree needs it." (fun () ->
              Tree.ofFlat a [ "dense/kernel", 1 ])

          fails "Tree.ofFlat: path = \"dense/bais\" is not a path of the tree." (fun () ->
              Tree.ofFlat a [ "dense/kernel", 1; "dense/bias", 2; "dense/bais", 3 ])

          fails "Tree.ofFlat: path = \"dense/bias\" is given twice; give each path once." (fun () ->
              Tree.ofFlat a [ "dense/bias", 1; "dense/bias", 2 ])

          fails "Tree.withLeaves: leaves = 0 are fewer than the tree has." (fun () -> Tree.withLeaves a [ 1 ])

          fails "Tree.withLeaves: leaves = 1 are left over; the tree has fewer." (fun () ->
              Tree.withLeaves a [ 1; 2; 3 ])

          fails "Tree: path = \"dense\" is not that of a leaf; the tree has dense/kernel, dense/bias." (fun () ->
              a["dense"])) ]
    |> testList "Tensor.Tree"
