using Functional.CSharp;

namespace Text;

/// <summary>A text as numbers of its characters.</summary>
internal sealed record Corpus(string Text, char[] Symbols)
{
    /// <summary>The text of a file in small letters.</summary>
    public static Corpus Read(string path)
    {
        string text = File.ReadAllText(path).ToLowerInvariant();
        return new(text, [.. text.Distinct().Order()]);
    }

    /// <summary>The number of each character.</summary>
    public int[] Ids(string text)
    {
        Dictionary<char, int> numbers = Symbols.Select((c, i) => (c, i)).ToDictionary(pair => pair.c, pair => pair.i);
        return [.. text.Select(c => numbers[c])];
    }

    /// <summary>
    /// Windows as ids, one every <paramref name="stride"/> characters, and the id of the character behind each.
    /// </summary>
    public Dataset Windows(int length, int stride)
    {
        int[] ids = Ids(Text);
        int count = (ids.Length - length - 1) / stride + 1;
        int[] windows = new int[count * length], next = new int[count];
        for (int i = 0; i < count; i++)
        {
            ids.AsSpan(i * stride, length).CopyTo(windows.AsSpan(i * length));
            next[i] = ids[i * stride + length];
        }

        return Dataset.Of(Tensor.From(windows, count, length), Tensor.From(next, count));
    }
}
