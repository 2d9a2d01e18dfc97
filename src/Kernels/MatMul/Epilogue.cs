namespace Functional.Kernels;

/// <summary>
/// An epilogue: what is computed from a product's or convolution's result while it is still in cache. The result is a matrix
/// to it. Of a product, rows are those of C, batch after batch (row = batch * m + i), and columns are C's n; of a convolution,
/// rows are pixels of the output (image * height * width + y * width + x), and columns are channels.
/// </summary>
public abstract class Epilogue
{
    /// <summary>
    /// Called once for each block of the result, after all its elements are final in memory, possibly from several
    /// threads at once; the blocks cover the result exactly.
    /// </summary>
    /// <param name="row">The first row of the block.</param>
    /// <param name="rows">The number of its rows.</param>
    /// <param name="column">Its first column.</param>
    /// <param name="columns">The number of its columns.</param>
    public abstract void Run(long row, long rows, int column, int columns);
}
