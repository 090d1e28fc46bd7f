using System.Runtime.InteropServices;

namespace Weft.Flows;

/// <summary>
/// The positions of a queue between two threads, each side's fields on cache lines of their own and off the pair that the
/// other's prefetch brings. Not inside <see cref="SpscRing{T}"/>: generic types cannot have a layout of their own.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal struct SpscPositions
{
    /// <summary>Items ever added.</summary>
    [FieldOffset(128)]
    public long Tail;

    /// <summary>The adding side's last look at <see cref="Head"/>.</summary>
    [FieldOffset(136)]
    public long HeadSeen;

    /// <summary>Items ever taken.</summary>
    [FieldOffset(256)]
    public long Head;

    /// <summary>The taking side's last look at <see cref="Tail"/>.</summary>
    [FieldOffset(264)]
    public long TailSeen;
}
