// Networks that write and read text:
//   dotnet run -c Release --project examples/Text -- nietzsche|nietzsche-transformer|spam|spam-transformer [--help]
using Examples;
using Text;

return Example.Choose(
    "Text written one character after the other, and messages told apart.",
    args,
    Example.Command("nietzsche", "An LSTM learns from \"Beyond Good and Evil\", and writes after each epoch.", Nietzsche.Run),
    Example.Command("nietzsche-transformer", "A small transformer on the same text, which writes with a cache.", NietzscheTransformer.Run),
    Example.Command("spam", "Spam told from messages, from raw text, by an embedding and an LSTM.", Spam.ByLstm),
    Example.Command("spam-transformer", "The same by a transformer.", Spam.ByTransformer));
