using System.Text.RegularExpressions;
using Functional.CSharp;

namespace Text;

/// <summary>Words as numbers: 0 fills up, 1 is any word that is not known, the most frequent word is 2.</summary>
internal sealed partial class WordTokenizer
{
    private readonly Dictionary<string, int> numbers;

    /// <summary>Learns the most frequent words of texts.</summary>
    public WordTokenizer(IEnumerable<string> texts, int size) =>
        numbers = texts.SelectMany(Words)
            .CountBy(word => word)
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Take(size - 2)
            .Select((pair, i) => (pair.Key, i))
            .ToDictionary(pair => pair.Key, pair => pair.i + 2);

    /// <summary>The number of ids there are.</summary>
    public int Size => numbers.Count + 2;

    /// <summary>
    /// Ids [n, length]: longer texts lose their end, shorter ones are filled up with zeros in front, so that a recurrent layer ends
    /// at the last word.
    /// </summary>
    public Tensor Encode(IReadOnlyList<string> texts, int length)
    {
        int[] ids = new int[texts.Count * length];
        for (int i = 0; i < texts.Count; i++)
        {
            int[] words = [.. Words(texts[i]).Take(length).Select(word => numbers.GetValueOrDefault(word, 1))];
            words.CopyTo(ids, (i + 1) * length - words.Length);
        }

        return Tensor.From(ids, texts.Count, length);
    }

    // Numbers are one word whatever they are, but for their length: prices and telephone numbers are what spam has.
    private static IEnumerable<string> Words(string text) =>
        Pattern().Matches(text.ToLowerInvariant()).Select(match =>
            char.IsAsciiDigit(match.Value[0]) ? new string('0', match.Length) : match.Value);

    [GeneratedRegex(@"\d+|[a-z']+|[£$!?]")]
    private static partial Regex Pattern();
}
