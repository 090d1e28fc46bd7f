namespace Weft.Host.Datapath.Tapping;

/// <summary>Under which number each capture knows a frame: 16 bits a capture, 0 for one that does not. Copies of the frame inherit it.</summary>
internal struct TapMarks
{
    /// <summary>Most captures at a time.</summary>
    public const int Captures = 4;

    private const int Bits = 16;
    private ulong _all;

    /// <summary>Whether a capture knows the frame.</summary>
    public readonly bool Any => _all != 0;

    /// <summary>The number of a capture.</summary>
    public ushort this[int capture]
    {
        readonly get => (ushort)(_all >> (capture * Bits));
        set => _all = (_all & ~((ulong)ushort.MaxValue << (capture * Bits))) | ((ulong)value << (capture * Bits));
    }
}
