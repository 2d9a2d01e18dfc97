namespace Functional.CSharp;

/// <summary>The padding of an image or a sequence, for windows that reach beyond it.</summary>
public enum Padding
{
    /// <summary>Nothing: windows stay inside.</summary>
    Valid,

    /// <summary>
    /// As much as leaves n / stride elements of n, rounded up; the odd element goes behind, as in Keras. PyTorch pads
    /// both sides alike.
    /// </summary>
    Same,

    /// <summary>
    /// As much in front as keeps an element from seeing later ones: for sequences, by <see cref="Network.Conv1D"/>.
    /// Layers of images refuse it.
    /// </summary>
    Causal,
}

/// <summary>The interpolation between the elements of an image that changes its size.</summary>
public enum Interpolation
{
    /// <summary>The nearest element: each one repeated.</summary>
    Nearest,

    /// <summary>A straight line between the centres of neighbours, the edge continued outside.</summary>
    Bilinear,

    /// <summary>The cubic of Keys with a = -0.5, as in Keras; PyTorch takes a = -0.75.</summary>
    Bicubic,

    /// <summary>The kernel of Lanczos with radius 3.</summary>
    Lanczos3,

    /// <summary>The kernel of Lanczos with radius 5.</summary>
    Lanczos5,
}
