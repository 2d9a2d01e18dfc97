using Deedle;
using FCsv = Functional.Csv;

namespace Functional.CSharp;

/// <summary>Reading files of separated values into Deedle frames. (Deedle writes them: frame.SaveCsv.)</summary>
/// <remarks>
/// A file that is not there, a line with another number of cells than the header, and a cell that is not of a type asked for
/// raise a <see cref="FunctionalException"/>, which gives the line's number and text.
/// </remarks>
public static class Csv
{
    /// <summary>
    /// Reads a file, plain or gzip, into a frame with rows 0, 1, ... and a column for each of the file's, of the narrowest
    /// type that all its cells fit: bool, int, long, double, DateTime, string. What is missing in the file is missing in the
    /// frame.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is read. Default: <see cref="CsvOptions"/> as they are made.</param>
    public static Frame<int, string> Read(string path, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return FCsv.readWith((options ?? new()).Inner, path);
    }

    /// <summary>Reads a text as <see cref="Read"/> does a file.</summary>
    public static Frame<int, string> Parse(string text, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return FCsv.parseWith((options ?? new()).Inner, text);
    }

    /// <summary>
    /// Reads a file whose column <paramref name="index"/> names the rows (pandas: index_col): the frame's row keys are its
    /// values, of string, int, long, DateTime, double or bool, and it is no column of the frame. A name that is missing or
    /// stands twice is an error.
    /// </summary>
    public static Frame<TKey, string> ReadIndexed<TKey>(string path, string index, CsvOptions? options = null)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(index);
        return FCsv.readIndexed<TKey>(index, (options ?? new()).Inner, path);
    }

    /// <summary>
    /// A file larger than memory as a source of frames of at most so many rows, which go on counting their rows. The file is
    /// read once before the first pass, for the types of the columns over all rows, unless the options give the types of
    /// all columns; each pass then reads it anew.
    /// </summary>
    public static Batches<Frame<int, string>> Chunks(string path, int size, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FCsv.chunksWith((options ?? new()).Inner, size, path));
    }
}
