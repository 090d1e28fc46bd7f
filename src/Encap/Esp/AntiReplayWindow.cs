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
