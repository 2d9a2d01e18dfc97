// Names for the parts of the F# library that the facade calls. Inside this assembly `Tensor`, `Key`, ... are the types
// of the facade, and their F# counterparts begin with an F.
global using FActivation = Functional.ActivationLayers;
global using FCreation = Functional.TensorCreation.Tensor;
global using FDType = Functional.DType;
global using FDevice = Functional.Device;
global using FDevices = Functional.DeviceModule;
global using FTorchDevices = Functional.TorchDevices.Device;
global using FDerivative = Functional.Derivatives;
global using FElementwise = Functional.TensorElementwise.Tensor;
global using FIndexing = Functional.TensorIndexing.Tensor;
global using FKey = Functional.Key;
global using FKeys = Functional.KeyModule;
global using FLayer = Functional.Layer<Functional.Tensor, Functional.Tensor>;
global using FLinear = Functional.TensorLinear.Tensor;
global using FOrdering = Functional.TensorOrdering.Tensor;
global using FReduction = Functional.TensorReductions.Tensor;
global using FShaping = Functional.TensorShaping.Tensor;
global using FTensor = Functional.Tensor;
global using FTransfer = Functional.TensorTransfer.Tensor;
global using Functional.Numerics;
global using Microsoft.FSharp.Collections;
global using Microsoft.FSharp.Core;
