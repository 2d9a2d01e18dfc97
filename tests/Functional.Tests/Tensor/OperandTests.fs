/// Numbers of .NET's types beside tensors, in operators and in arrays; and the names that `open Functional` brings in.
module Functional.Tests.OperandTests

open System.Reflection
open Functional
open Functional.Tests.Cases
open Expecto

let private has (expected: float list) (x: Tensor) =
    Expect.Equal<float list>(expected, List.ofArray (Tensor.toFloat64Array x))

let private ofTypes = [ Float32; Float64; Int32 ]

/// The functions and values that `open Functional` brings in from the modules of tensors and of their transforms.
let private opened =
    typeof<Tensor>.Assembly.GetExportedTypes()
    |> Array.filter (fun t ->
        (isNull t.DeclaringType
         || t.DeclaringType.GetCustomAttributes<AutoOpenAttribute>() |> Seq.isEmpty |> not)
        && t.GetCustomAttributes<AutoOpenAttribute>() |> Seq.isEmpty |> not
        && t.Namespace = "Functional"
        && (t.Name.StartsWith "Tensor"
            || [ "Derivatives"; "NumericalDerivatives"; "Scanning" ] |> List.contains t.Name))
    |> Array.collect (fun t -> t.GetMethods(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly))
    |> Array.map _.Name
    |> Array.filter (fun name -> not (name.Contains '.' || name.StartsWith "get_"))
    |> Array.distinct
    |> Array.sort
    |> List.ofArray

[<Tests>]
let tests =
    [ testCase "float32, float and int stand on either side of every operator" (fun () ->
          for dtype in ofTypes do
              let x = Tensor.cast dtype (tensor [ 1; 5 ])

              let typed expected (y: Tensor) =
                  Expect.Equal(dtype, y.DType)
                  has expected y

              for two in [ x + 2.0f; 2.0f + x; x + 2.0; 2.0 + x; x + 2; 2 + x ] do
                  typed [ 3.0; 7.0 ] two

              for less in [ x - 2.0f; x - 2.0; x - 2 ] do
                  typed [ -1.0; 3.0 ] less

              for negative in [ 2.0f - x; 2.0 - x; 2 - x ] do
                  typed [ 1.0; -3.0 ] negative

              for twice in [ x * 2.0f; 2.0f * x; x * 2.0; 2.0 * x; x * 2; 2 * x ] do
                  typed [ 2.0; 10.0 ] twice

              for rest in [ x % 3.0f; x % 3.0; x % 3 ] do
                  typed [ 1.0; 2.0 ] rest

              for rest in [ 7.0f % x; 7.0 % x; 7 % x ] do
                  typed [ 0.0; 2.0 ] rest

              for square in [ x ** 2.0f; x ** 2.0; x ** 2 ] do
                  typed [ 1.0; 25.0 ] square

          let x = tensor [ 1.0; 4.0 ]

          for half in [ x / 2.0f; x / 2.0; x / 2 ] do
              has [ 0.5; 2.0 ] half

          for quotient in [ 2.0f / x; 2.0 / x; 2 / x ] do
              has [ 2.0; 0.5 ] quotient)

      testCase "a float32 operand has the value it has" (fun () ->
          has [ float 0.1f ] (Tensor.zerosOf Float64 [ 1 ] + 0.1f)

          fails
              "scalar: 0.5 is not an int32; cast the tensor first with Tensor.cast Float32 (the tensor is int32)"
              (fun () -> tensor [ 1 ] * 0.5f))

      testCase "arrays of float are accepted where those of float32 are" (fun () ->
          let expected = Tensor.ofArray [ 2; 2 ] [| 0.5f; 1.5f; 2.5f; 3.5f |]
          Expect.True(Tensor.sameElements expected (Tensor.ofArray [ 2; 2 ] [| 0.5; 1.5; 2.5; 3.5 |]))
          Expect.True(Tensor.sameElements expected (Tensor.ofArray2D (array2D [ [ 0.5f; 1.5f ]; [ 2.5f; 3.5f ] ])))
          Expect.True(Tensor.sameElements expected (Tensor.ofArray2D (array2D [ [ 0.5; 1.5 ]; [ 2.5; 3.5 ] ])))
          Expect.Equal<int list>([ 0; 3 ], (Tensor.ofArray2D (Array2D.zeroCreate<float> 0 3)).Shape)

          let rows, labels = [| [| 0.5; 1.5 |]; [| 2.5; 3.5 |] |], [| 0; 1 |]
          let single = rows |> Array.map (Array.map float32)
          Expect.True(Tensor.sameElements expected (Dataset.ofArrays rows labels).Features)
          Expect.True(Tensor.sameElements expected (Dataset.ofArrays single labels).Features)
          Expect.True(Tensor.sameElements expected (Dataset.ofTargets rows single).Features)
          Expect.True(Tensor.sameElements expected (Dataset.ofTargets single rows).Labels)

          fails "ofArray: the element type = Int32 is neither float32 nor float." (fun () ->
              Tensor.ofArray [ 1 ] [| 1 |]))

      testCase
          "of tensors and their transforms, open Functional brings in the vocabulary of derivatives alone"
          (fun () ->
              let expected =
                  [ "checkGradients curl customVjp diff diff2 diffn divergence fcurl fdiff fdiff2 fdiffn fdivergence fgrad"
                    "fgradhessian fgradhessianv fgradv fhessian fhessianv fjacobian fjacobianTv fjacobianv flaplacian grad"
                    "gradhessian gradhessianv gradv hessian hessianv jacobian jacobianTv jacobianv jvp laplacian numcurl"
                    "numdiff numdiff2 numdivergence numgrad numgradv numhessian numhessianv numjacobian numjacobianTv"
                    "numjacobianv numlaplacian tensor tensorOf valueAndGrad vjp vmap vmapAxes" ]
                  |> List.collect (fun line -> List.ofArray (line.Split ' '))

              Expect.Equal<string>(List.sort expected, List.sort opened))

      testCase "a tensor is the last argument of the functions that take one" (fun () ->
          let modules =
              typeof<Tensor>.Assembly.GetExportedTypes()
              |> Array.filter (fun t -> t.Name = "Tensor" && t.IsAbstract && t.IsSealed)

          Expect.NotEmpty modules
          let isTensor (p: ParameterInfo) = p.ParameterType = typeof<Tensor>

          for m in modules |> Array.collect (fun t -> t.GetMethods(BindingFlags.Public ||| BindingFlags.Static)) do
              let parameters = m.GetParameters()
              Expect.True(not (Array.exists isTensor parameters) || isTensor (Array.last parameters), m.Name)) ]
    |> testList "Tensor.Operand"
