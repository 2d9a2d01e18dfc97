// What makes a fit good or bad:
//   dotnet run -c Release --project examples/Fitting -- capacity|descent|losses|sonar|labels [--help]
using Examples;
using Fitting;

return Example.Choose(
    "Under- and overfitting, kinds of descent, losses, and classification with two classes or several labels.",
    args,
    Example.Command("capacity", "Iris by networks that are too small, too large, and held back.", Capacity.Run),
    Example.Command("descent", "Batch, mini-batch and stochastic descent on digits.", Descent.Run),
    Example.Command("losses", "Squared error against cross-entropy, for a neuron that begins far from right.", Losses.Run),
    Example.Command("sonar", "Mines told from rocks, with the ROC curve.", Sonar.Run),
    Example.Command("labels", "Several labels of one digit at a time.", Labels.Run));
