using System.Text;

namespace Weft.Ports;

/// <summary>Which memif a <see cref="MemifPort"/> is an end of.</summary>
public sealed record MemifOptions
{
    /// <summary>Path of the control socket, 1 to 107 bytes. The server makes it, for its owner alone, and replaces a dead one.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Which end. Default <see cref="MemifRole.Client"/>.</summary>
    public MemifRole Role { get; init; }

    /// <summary>Number of the interface, the same at both ends. Default 0.</summary>
    public uint InterfaceId { get; init; }

    /// <summary>Rings in each direction that a client makes, or a server takes at most: 1 to 16. Default 1.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Slots of each ring that a client makes, a power of two from 64 to 16,384. Default 1,024.</summary>
    public int RingSlots { get; init; } = 1024;

    /// <summary>Longest frame that is sent, Ethernet header included, 64 to 65,535. Default 2,048. A client's buffers are as long; longer frames span several.</summary>
    public int MaxFrameBytes { get; init; } = 2048;

    /// <summary>Memory that a client makes at most.</summary>
    private const long MaxMemoryBytes = 1L << 30;

    internal void Validate()
    {
        if (string.IsNullOrEmpty(SocketPath) || Encoding.UTF8.GetByteCount(SocketPath) > 107)
        {
            throw new ArgumentException($"{nameof(MemifOptions)}.{nameof(SocketPath)} must be a path of 1 to 107 bytes, not '{SocketPath}'", nameof(SocketPath));
        }

        Require(Queues is >= 1 and <= Memif.MemifMessage.MaxQueues, nameof(Queues), Queues, "1 to 16");
        Require(RingSlots is >= 64 and <= 16_384 && int.IsPow2(RingSlots), nameof(RingSlots), RingSlots, "a power of two from 64 to 16,384");
        Require(MaxFrameBytes is >= 64 and <= 65_535, nameof(MaxFrameBytes), MaxFrameBytes, "64 to 65,535");
        RequireRoom(2L * Queues * RingSlots * MaxFrameBytes);
    }

    private static void RequireRoom(long bytes)
    {
        if (bytes > MaxMemoryBytes)
        {
            throw new ArgumentException($"{nameof(MemifOptions)}: {nameof(Queues)} × 2 × {nameof(RingSlots)} × {nameof(MaxFrameBytes)} must be {MaxMemoryBytes} bytes at most, not {bytes}");
        }
    }

    private static void Require(bool holds, string option, int value, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(option, value, $"{nameof(MemifOptions)}.{option} must be {range}");
        }
    }
}
