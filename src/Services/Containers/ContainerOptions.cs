namespace Weft.Services;

/// <summary>Size of the memory that a host shares with a container, and patience with it.</summary>
public sealed record ContainerOptions
{
    /// <summary>Packets that can be with the container, a power of two of 2 to 65,536.</summary>
    public int Slots { get; init; } = 1024;

    /// <summary>Bytes of the longest packet, a multiple of 64 of 64 to 65,536.</summary>
    public int SlotBytes { get; init; } = 2048;

    /// <summary>Silence after which the container is dead, 1 millisecond to 1 minute.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The identifier under which packets are given to the container; null to give them as they are.</summary>
    public ServicePath? Path { get; init; }

    internal void Validate()
    {
        Path?.Validate();
        if (Slots < 0 || SlotBytes < 0 || !RingLayout.IsPossible((uint)Slots, (uint)SlotBytes))
        {
            throw new ArgumentException($"{nameof(Slots)} is {Slots} and {nameof(SlotBytes)} {SlotBytes}; a power of two of 2 to 65,536, and a multiple of 64 of 64 to 65,536 are allowed.", nameof(Slots));
        }

        if (Patience < TimeSpan.FromMilliseconds(1) || Patience > TimeSpan.FromMinutes(1))
        {
            throw new ArgumentException($"{nameof(Patience)} is {Patience}; the allowed range is 1 millisecond to 1 minute.", nameof(Patience));
        }
    }
}
