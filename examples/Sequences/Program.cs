// Recurrent networks on series of numbers, characters and digits:
//   dotnet run -c Release --project examples/Sequences -- walk|airline|temperatures|characters|reversal [--help]
using Examples;
using Sequences;

return Example.Choose(
    "Recurrent networks: forecasts of time series, characters one after the other, strings turned round.",
    args,
    Example.Command("walk", "A smoothed random walk: 24 values in, the next one out, by an LSTM of 50.", RandomWalk.Run),
    Example.Command("airline", "Airline passengers: networks of 14 to some thousand parameters, the next month and the next year.", Airline.Run),
    Example.Command("temperatures", "Daily temperatures: SimpleRNN, LSTM and GRU; with and without the season; one day and a week.", Temperatures.Run),
    Example.Command("characters", "The next character after each one of a text, by a GRU with a softmax at each step.", Characters.Run),
    Example.Command("reversal", "Strings of digits turned round by an encoder and a decoder with attention.", Reversal.Run));
