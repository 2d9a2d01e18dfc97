// Networks that write and read text:
//   dotnet run -c Release --project examples/Text -- nietzsche|spam [--help]
using Examples;
using Text;

return Example.Choose(
    "Text written one character after the other, and messages told apart.",
    args,
    Example.Command("nietzsche", "An LSTM learns from \"Beyond Good and Evil\", and writes after each epoch.", Nietzsche.Run),
    Example.Command("spam", "Spam told from messages, from raw text, by an embedding and an LSTM.", Spam.Run));
