// Networks that give back what they are given, through a narrow place:
//   dotnet run -c Release --project examples/Autoencoders -- dense|convolutional|denoise|anomalies|vae [--help]
using Autoencoders;
using Examples;

return Example.Choose(
    "Autoencoders: compression, noise taken away, anomalies found, digits made.",
    args,
    Example.Command("dense", "784 pixels through 32 numbers and back.", DenseAutoencoder.Run),
    Example.Command("convolutional", "Images through [4, 4, 8] and back: 4,385 parameters.", ConvolutionalAutoencoder.Run),
    Example.Command("denoise", "Noise of deviation 0.5 taken away from digits.", Denoising.Run),
    Example.Command("anomalies", "Rare rows of a table found by their reconstruction error.", Anomalies.Run),
    Example.Command("vae", "A variational autoencoder, and its latent plane.", Variational.Run));
