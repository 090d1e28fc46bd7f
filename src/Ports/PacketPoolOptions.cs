namespace Weft.Ports;

/// <summary>Size and shape of a <see cref="PacketPool"/>.</summary>
public sealed record PacketPoolOptions
{
    /// <summary>Buffers in the pool, 1 to 1,048,576. Default 4,096.</summary>
    public int Buffers { get; init; } = 4096;

    /// <summary>Bytes of one buffer, headroom included, 256 to 262,144; rounded up to whole cache lines. Default 2,048.</summary>
    public int BufferBytes { get; init; } = 2048;

    /// <summary>Bytes kept free in front of a received packet for headers to come, 0 to half a buffer. Default 128.</summary>
    public int HeadroomBytes { get; init; } = 128;

    /// <summary>
    /// Buffers for superframes of up to 64 KiB, 0 to 1,024, besides the others. A port that is given superframes by its kernel passes them whole
    /// as long as one is free, and cuts them otherwise. Default 0: everything is cut.
    /// </summary>
    public int SuperframeBuffers { get; init; }
}
