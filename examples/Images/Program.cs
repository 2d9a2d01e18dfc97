// Networks that read digits, and convolutions that are given:
//   dotnet run -c Release --project examples/Images -- mlp|cnn|filters|kernels [--help]
using Examples;
using Images;

return Example.Choose(
    "Handwritten digits (MNIST) by dense and convolutional networks, and convolutions with given kernels.",
    args,
    Example.Command("mlp", "784-16-32-10 with dropout, RMSprop: accuracy 0.92 in 5 epochs.", Mlp.Run),
    Example.Command("cnn", "Five 3x3 convolutions, Adam: accuracy 0.99 in 5 epochs.", Cnn.Run),
    Example.Command("filters", "A CNN with batch normalization; its filters, feature maps and Adam's steps as pictures.", Filters.Run),
    Example.Command("kernels", "Sharpening, edges, diagonals and the Laplacian, as convolutions with given kernels.", Kernels.Run));
