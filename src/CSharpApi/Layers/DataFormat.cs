namespace Functional.CSharp;

/// <summary>The place of the channels among the axes of a sequence, an image or a volume.</summary>
public enum DataFormat
{
    /// <summary>Behind the axes of time or space, as in [height, width, channels]: Keras's default.</summary>
    ChannelsLast,

    /// <summary>In front of the axes of time or space, as in [channels, height, width]: PyTorch's order.</summary>
    ChannelsFirst,
}
