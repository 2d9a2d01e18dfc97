namespace Functional.Torch.Interop;

/// <summary>
/// Whether libtorch may compute products of float32 in tf32, which rounds the factors to 10 bits: about 8 times as fast on recent
/// GPUs. libtorch's C interface has no switch for it; the C++ function behind it is called by its exported name.
/// </summary>
public static unsafe class TorchPrecision
{
    private const string Context = "_ZN2at13globalContextEv";
    private const string Products = "_ZN2at7Context18setAllowTF32CuBLASEb";
    private const string Convolutions = "_ZN2at7Context17setAllowTF32CuDNNEb";

    /// <summary>Allows tf32 in products of matrices, or forbids it, as libtorch does from the start; false where this libtorch has
    /// no such switch.</summary>
    public static bool TryAllowTf32InProducts(bool allowed) => TrySet(Products, allowed);

    /// <summary>Allows tf32 in cuDNN's convolutions, as libtorch does from the start, or forbids it; false where this libtorch has
    /// no such switch.</summary>
    public static bool TryAllowTf32InConvolutions(bool allowed) => TrySet(Convolutions, allowed);

    private static bool TrySet(string function, bool allowed)
    {
        nint context = TorchLibrary.TryFind(Context), set = TorchLibrary.TryFind(function);
        if (context == 0 || set == 0)
            return false;
        nint instance = ((delegate* unmanaged<nint>)context)();
        ((delegate* unmanaged<nint, byte, void>)set)(instance, allowed ? (byte)1 : (byte)0);
        return true;
    }
}
