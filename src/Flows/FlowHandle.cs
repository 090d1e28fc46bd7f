using System.Runtime.CompilerServices;

namespace Weft.Flows;

/// <summary>
/// Names one entry of a <see cref="FlowTable{TKey, TValue}"/> or <see cref="SessionTable{TKey, TValue}"/> for as long as that
/// entry lives. A handle kept beyond that is recognised as stale: it never leads to the entry that took the place.
/// </summary>
/// <remarks>
/// Eight bytes, to be kept in timers, queues and other tables. A place is told apart from its earlier lives by a 32-bit
/// generation, so a stale handle could be mistaken only after the same place was taken and freed 2^31 times.
/// </remarks>
public readonly struct FlowHandle : IEquatable<FlowHandle>
{
    private readonly uint _reference;
    private readonly uint _generation;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal FlowHandle(uint reference, uint generation)
    {
        _reference = reference;
        _generation = generation;
    }

    /// <summary>No entry: what a lookup gives that finds nothing. The default value.</summary>
    public static FlowHandle None => default;

    /// <summary>True if the handle names no entry.</summary>
    public bool IsNone
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _generation == 0;
    }

    /// <summary>
    /// Place of the entry, from 0 to the table's capacity - 1, for arrays and <see cref="TimerWheel"/>s that run beside the
    /// table. Live entries have different places; a place is used again after its entry is removed.
    /// </summary>
    public int Index
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (int)(_reference >> 1);
    }

    /// <summary>
    /// True if the second key of a session led here. Always false in a <see cref="FlowTable{TKey, TValue}"/>.
    /// </summary>
    public bool IsReverse
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_reference & 1) != 0;
    }

    /// <summary>Generation of the place, odd while an entry lives there; 0 for <see cref="None"/>.</summary>
    internal uint Generation => _generation;

    /// <summary>True if both name the same entry, from whichever direction.</summary>
    public bool Equals(FlowHandle other) => Index == other.Index && _generation == other._generation;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FlowHandle other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Index, _generation);

    /// <summary>For example <c>12.3</c> or <c>12.3 reverse</c>: place and generation.</summary>
    public override string ToString() => IsNone ? "none" : $"{Index}.{_generation}{(IsReverse ? " reverse" : "")}";

    /// <summary>True if both name the same entry.</summary>
    public static bool operator ==(FlowHandle left, FlowHandle right) => left.Equals(right);

    /// <summary>True if they name different entries.</summary>
    public static bool operator !=(FlowHandle left, FlowHandle right) => !left.Equals(right);
}
