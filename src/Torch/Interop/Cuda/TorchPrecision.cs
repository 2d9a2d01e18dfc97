namespace Functional.Torch.Interop;

/// <summary>
/// Whether libtorch may compute products of float32 in tf32, which rounds the factors to 10 bits: about 8 times as fast on recent
/// GPUs. libtorch's C interface has no switch for it; the C++ function behind it is called by its exported name.
/// </summary>
public static unsafe class TorchPrecision
{
    private const string Context = "_ZN2at13globalContextEv";
    private const string Products = "_ZN2at7Context18setAllowTF32CuBLASEb";

    private static readonly Lock Turn = new();

    private static bool isKnown;
    private static nint instance;
    private static nint set;
    private static bool isAllowed;

    /// <summary>Allows tf32 in products of matrices, or forbids it, as libtorch does from the start. Where this libtorch has no
    /// such switch, nothing happens.</summary>
    public static void AllowTf32InProducts(bool allowed)
    {
        if (isKnown && isAllowed == allowed)
            return;
        lock (Turn)
        {
            if (!isKnown)
            {
                nint context = TorchLibrary.TryFind(Context);
                set = TorchLibrary.TryFind(Products);
                instance = context == 0 ? 0 : ((delegate* unmanaged<nint>)context)();
                isKnown = true;
            }

            if (isAllowed != allowed && instance != 0 && set != 0)
                ((delegate* unmanaged<nint, byte, void>)set)(instance, allowed ? (byte)1 : (byte)0);
            isAllowed = allowed;
        }
    }
}
