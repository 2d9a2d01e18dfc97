namespace Functional.Torch.Interop;

/// <summary>libtorch's own recording of derivatives, which is switched off on every thread that calls it.</summary>
internal static unsafe class GradientMode
{
    [ThreadStatic]
    private static bool isDisabled;

    public static void Disable(TorchFunctions torch)
    {
        if (!isDisabled)
        {
            torch.SetGradMode(0);
            isDisabled = true;
        }
    }
}
