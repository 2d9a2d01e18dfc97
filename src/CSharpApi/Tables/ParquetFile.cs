using Deedle;
using FParquet = Functional.ParquetFile;

namespace Functional.CSharp;

/// <summary>
/// Apache Parquet: columns of types, compressed, with missing values (pandas: read_parquet, to_parquet).
/// </summary>
/// <remarks>
/// A file that is not there, damaged or of nested columns, and a column of a type that is not written, raise a
/// <see cref="FunctionalException"/>.
/// </remarks>
public static class ParquetFile
{
    /// <summary>
    /// Reads a file into a frame with rows 0, 1, ... and its columns, each of its own type: all of them, or those named, in
    /// this order.
    /// </summary>
    public static Frame<int, string> Read(string path, params string[] columns)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(columns);
        return columns.Length == 0 ? FParquet.read(path) : FParquet.readColumns(columns, path);
    }

    /// <summary>
    /// Writes the columns of a frame, which are of bool, numbers, dates or text, with their missing values. Row keys are not
    /// written. The file is replaced when the new one is complete.
    /// </summary>
    public static void Write<TRow>(string path, Frame<TRow, string> frame)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(frame);
        FParquet.write(path, frame);
    }
}
