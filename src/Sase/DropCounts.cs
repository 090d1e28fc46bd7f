using System.Runtime.CompilerServices;

namespace Weft.Sase;

/// <summary>How often each <see cref="SaseDrop"/> was the reason.</summary>
[InlineArray((int)SaseDrop.NoNode + 1)]
public struct DropCounts
{
    private long _first;

    /// <summary>How often a reason was given.</summary>
    /// <param name="reason">The reason.</param>
    public readonly long this[SaseDrop reason] => Unsafe.Add(ref Unsafe.AsRef(in _first), (int)reason);

    internal void Count(SaseDrop reason) => Unsafe.Add(ref _first, (int)reason)++;
}
