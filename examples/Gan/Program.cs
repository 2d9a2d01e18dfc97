// Two networks against each other, one of which learns to write digits:
//   dotnet run -c Release --project examples/Gan -- dense|progressive [--help]
using Examples;
using Gan;

return Example.Choose(
    "Generative adversarial networks that write digits like those of MNIST.",
    args,
    Example.Command("dense", "Dense networks; a classifier trained beside judges what they write.", DenseGan.Run),
    Example.Command("progressive", "Convolutions that grow from 7x7 to 28x28 pixels.", ProgressiveGan.Run));
