using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Weft.Encap;

/// <summary>
/// The anti-replay window of one inbound security association (RFC 4303 section 3.4.3) as a ring of 64-bit words that advances
/// by clearing words instead of shifting bits (RFC 6479), with 64-bit sequence numbers (RFC 4303 appendix A).
/// </summary>
/// <remarks>
/// <para>Use: <see cref="InferSequence"/> (with ESN), <see cref="Check"/>, authenticate the packet, and only then <see cref="Commit"/>.
/// A packet that fails authentication must leave the window as it was.</para>
/// <para>Check and commit are a few nanoseconds; a commit far ahead clears at most the words of one ring.</para>
/// </remarks>
public sealed class AntiReplayWindow
{
    /// <summary>Smallest window that RFC 4303 allows.</summary>
    public const int MinSize = 32;

    /// <summary>Largest window.</summary>
    public const int MaxSize = 8192;

    /// <summary>Most bytes of <see cref="Export"/>.</summary>
    public const int MaxStateBytes = sizeof(ulong) + (MaxSize / 64 + 1) * sizeof(ulong);

    private const int WordShift = 6;
    private const int BitMask = 63;

    // One word more than the window needs: the spare one takes the top while the oldest is still being checked (RFC 6479 section 2).
    private readonly ulong[] _ring;
    private readonly int _ringMask;
    private ulong _top;

    /// <summary>Creates an empty window.</summary>
    /// <param name="size">Packets that may be out of order, 32 to 8,192.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is outside its range.</exception>
    public AntiReplayWindow(int size)
    {
        if (size is < MinSize or > MaxSize)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, $"an anti-replay window has {MinSize} to {MaxSize} packets");
        }

        int words = (int)BitOperations.RoundUpToPowerOf2((uint)((size + BitMask) >> WordShift) + 1);
        _ring = new ulong[words];
        _ringMask = words - 1;
        Size = size;
    }

    /// <summary>Packets that may be out of order: a number is too old if it is this far or farther below the highest.</summary>
    public int Size { get; }

    /// <summary>Highest sequence number committed; 0 before the first.</summary>
    public ulong Highest => _top;

    /// <summary>Says whether a packet with this number may be authenticated and delivered. Changes nothing.</summary>
    /// <param name="sequence">The whole number; without ESN the 32 bits of the wire. 0 is never valid (RFC 4303 section 3.3.3).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReplayVerdict Check(ulong sequence)
    {
        if (sequence > _top)
        {
            return ReplayVerdict.Fresh;
        }

        if (_top - sequence >= (ulong)Size || sequence == 0)
        {
            return ReplayVerdict.TooOld;
        }

        ulong word = _ring[(int)(sequence >> WordShift) & _ringMask];
        return (word >> (int)(sequence & BitMask) & 1) == 0 ? ReplayVerdict.Fresh : ReplayVerdict.Duplicate;
    }

    /// <summary>Records a number that was checked and whose packet was authenticated. A number that is too old changes nothing.</summary>
    public void Commit(ulong sequence)
    {
        if (sequence > _top)
        {
            Advance(sequence);
        }
        else if (_top - sequence >= (ulong)Size)
        {
            return;
        }

        _ring[(int)(sequence >> WordShift) & _ringMask] |= 1UL << (int)(sequence & BitMask);
    }

    /// <summary>
    /// Rebuilds the 64-bit sequence number from the 32 bits on the wire: the number nearest to the window that is not below it
    /// (RFC 4303 appendix A2.2). Authentication decides whether the guess was right.
    /// </summary>
    public ulong InferSequence(uint low)
    {
        uint topLow = (uint)_top;
        ulong topHigh = _top >> 32;
        uint below = (uint)Size - 1;
        if (topLow >= below)
        {
            // The window lies within one block of 2^32: a number below it can only belong to the next block.
            return low >= topLow - below ? (topHigh << 32) | low : ((topHigh + 1) << 32) | low;
        }

        // The window reaches into the block before. There is none before the first.
        return low >= unchecked(topLow - below) && topHigh > 0 ? ((topHigh - 1) << 32) | low : (topHigh << 32) | low;
    }

    /// <summary>Writes what the window knows, for another receiver of the same association that goes on where this one ends.</summary>
    /// <param name="into">At least <see cref="MaxStateBytes"/>.</param>
    /// <returns>Bytes written: the highest number, and the words below it, that of the highest first, in little-endian order.</returns>
    public int Export(Span<byte> into)
    {
        int words = ((Size + BitMask) >> WordShift) + 1;
        BinaryPrimitives.WriteUInt64LittleEndian(into, _top);
        for (int back = 0; back < words; back++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(into[((back + 1) * sizeof(ulong))..], SeenAt(back));
        }

        return (words + 1) * sizeof(ulong);
    }

    /// <summary>
    /// Takes over what another window knows: no number that it has seen, or that was too old for it, is fresh here. What this window has seen stays seen. Its
    /// size may be another.
    /// </summary>
    /// <param name="state">What <see cref="Export"/> gave.</param>
    /// <returns>False if it is none; nothing is changed then.</returns>
    public bool TryMerge(ReadOnlySpan<byte> state)
    {
        if (state.Length is < 2 * sizeof(ulong) or > MaxStateBytes || state.Length % sizeof(ulong) != 0)
        {
            return false;
        }

        ulong top = BinaryPrimitives.ReadUInt64LittleEndian(state);
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(state[sizeof(ulong)..]);
        if (top != 0 && first >> (int)(top & BitMask) != 1)
        {
            // The highest number is one that was seen, and none above it was.
            return false;
        }

        if (top > _top)
        {
            Advance(top);
        }

        ulong highest = top >> WordShift;
        int words = state.Length / sizeof(ulong) - 1;
        for (int back = 0; back < _ring.Length && (ulong)back <= highest && (_top >> WordShift) - (highest - (ulong)back) < (ulong)_ring.Length; back++)
        {
            ulong seen = back < words ? BinaryPrimitives.ReadUInt64LittleEndian(state[((back + 1) * sizeof(ulong))..]) : ulong.MaxValue;
            _ring[(int)(highest - (ulong)back) & _ringMask] |= seen;
        }

        return true;
    }

    /// <summary>The word so many below that of the highest number; what is too old counts as seen.</summary>
    private ulong SeenAt(int back)
    {
        ulong highest = _top >> WordShift;
        if ((ulong)back > highest)
        {
            return ulong.MaxValue;
        }

        ulong word = highest - (ulong)back;
        ulong seen = _ring[(int)word & _ringMask];
        if (_top < (ulong)Size)
        {
            return seen;
        }

        ulong tooOld = _top - (ulong)Size;
        return word < tooOld >> WordShift ? ulong.MaxValue
            : word == tooOld >> WordShift ? seen | (ulong.MaxValue >> (BitMask - (int)(tooOld & BitMask)))
            : seen;
    }

    private void Advance(ulong sequence)
    {
        ulong steps = (sequence >> WordShift) - (_top >> WordShift);
        int clear = (int)Math.Min(steps, (ulong)_ring.Length);
        int at = (int)(_top >> WordShift);
        for (int word = 1; word <= clear; word++)
        {
            _ring[(at + word) & _ringMask] = 0;
        }

        _top = sequence;
    }
}
