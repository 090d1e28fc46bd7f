using Weft.Packets;

namespace Weft.Services;

/// <summary>A burst of packets, wherever their bytes are. The caller of <see cref="ServiceSet"/> implements it with a struct.</summary>
public interface IServicePackets
{
    /// <summary>Packets of the burst, at most <see cref="ServiceSet.MaxBurst"/>.</summary>
    int Count { get; }

    /// <summary>The bytes of a packet, from its Ethernet header.</summary>
    Span<byte> Bytes(int index);

    /// <summary>What <see cref="PacketLayout.TryParse"/> found in them.</summary>
    ref PacketLayout Layout(int index);

    /// <summary>
    /// Makes a packet longer or shorter, in front and behind; bytes that come in have any content. The layout is parsed anew by who
    /// asked.
    /// </summary>
    /// <param name="index">The packet.</param>
    /// <param name="front">Bytes to add in front; negative to take away.</param>
    /// <param name="back">Bytes to add behind; negative to take away.</param>
    /// <returns>False if there is no room; nothing is changed then.</returns>
    bool TryResize(int index, int front, int back);
}
