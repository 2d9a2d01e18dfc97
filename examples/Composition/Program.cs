// What only composable functions give: derivatives inside of losses, gradients through gradients and through integrators:
//   dotnet run -c Release --project examples/Composition -- layer|siamese|heat|waves|ode|gradients [--help]
using Composition;
using Examples;

return Example.Choose(
    "Models as functions inside of functions; examples/Freedom has the same in F#.",
    args,
    Example.Command("layer", "A layer of one's own in ten lines.", OwnLayer.Run),
    Example.Command("siamese", "Pairs of digits by two towers of the same weights.", Siamese.Run),
    Example.Command("heat", "A network that solves the heat equation.", Heat.Run),
    Example.Command("waves", "Meta-learning on sine waves, through an inner step.", SineWaves.Run),
    Example.Command("ode", "A neural differential equation through an integrator that chooses its steps.", NeuralOde.Run),
    Example.Command("gradients", "The gradient of each sample, by mapping the gradient.", PerSample.Run));
