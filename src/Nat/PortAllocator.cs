using System.Numerics;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// The ports of one block for one protocol: which are free, which are in use, which cool down. Allocation, release and
/// refusal take the same short time however full the block is, and every port of it can be used.
/// </summary>
/// <remarks>
/// <para>
/// A bitmap in two levels: a bit a port, and a bit for every 64 of them that says whether one is free. Even ports are the
/// first half of the bits and odd ones the second, so that a port of the wanted parity (RFC 4787 REQ-4) is found without
/// looking at the others. The search begins at a random place, so ports cannot be guessed (RFC 6056).
/// </para>
/// <para>
/// A port that is given back rests for at least the hold-down (RFC 6888 REQ-8: 120 s) and for at most four thirds of it: released ports are
/// collected in four bitmaps that take turns, so resting costs nothing a packet.
/// </para>
/// </remarks>
internal sealed class PortAllocator
{
    /// <summary>Bitmaps that take turns: one collects, three rest.</summary>
    private const int Cohorts = 4;

    private readonly ulong[] _free;
    private readonly ulong[] _summary;
    private readonly ulong[] _resting;
    private readonly int[] _restingCount = new int[Cohorts];
    private readonly int _log2Size;
    private readonly int _bits;
    private readonly int _words;
    private readonly TimeSpan _turn;
    private readonly int[] _freeByParity = new int[2];
    private Timestamp _turnEnd;
    private int _collecting;

    /// <summary>Creates an allocator with all 2^<paramref name="log2Size"/> ports free.</summary>
    public PortAllocator(int log2Size, TimeSpan holdDown, Timestamp now)
    {
        _log2Size = log2Size;
        _bits = 1 << log2Size;
        _words = Math.Max(1, _bits / 64);
        _free = new ulong[_words];
        _summary = new ulong[(_words + 63) / 64];
        _resting = new ulong[_words * Cohorts];
        _turn = holdDown / (Cohorts - 1);
        _turnEnd = now + _turn;
        for (int bit = 0; bit < _bits; bit++)
        {
            SetFree(bit);
        }
    }

    /// <summary>Ports that can be allocated now, by what is known; <see cref="Rest"/> brings it up to date.</summary>
    public int FreeCount => _freeByParity[0] + _freeByParity[1];

    /// <summary>Ports that rest.</summary>
    public int RestingCount => _restingCount[0] + _restingCount[1] + _restingCount[2] + _restingCount[3];

    /// <summary>Ports in use.</summary>
    public int UsedCount => _bits - FreeCount - RestingCount;

    /// <summary>No port is free before this time, by what is known: past if one is free, never if none even rests.</summary>
    public Timestamp NextFree => FreeCount > 0 ? new Timestamp(long.MinValue) : RestingCount > 0 ? _turnEnd : Timestamp.MaxValue;

    /// <summary>Takes a port.</summary>
    /// <param name="odd">The parity that is wanted, or null if either will do. The other one is taken if there is none.</param>
    /// <param name="random">Any number; chooses where the search begins.</param>
    /// <param name="now">The time.</param>
    /// <param name="offset">The port's distance from the first one of the block, which is even.</param>
    /// <returns>False if no port is free.</returns>
    public bool TryAllocate(bool? odd, ulong random, Timestamp now, out int offset)
    {
        if (FreeCount == 0 || now >= _turnEnd)
        {
            Rest(now);
        }

        if (FreeCount == 0)
        {
            offset = -1;
            return false;
        }

        int half = odd is bool parity ? (parity ? 1 : 0) : (int)(random >> 63);
        half = _freeByParity[half] > 0 ? half : 1 - half;
        int halfBits = _bits / 2;
        int from = half * halfBits + (int)(((random & uint.MaxValue) * (ulong)halfBits) >> 32);
        int bit = FindFree(from, half * halfBits, (half + 1) * halfBits);
        SetUsed(bit);
        offset = ToOffset(bit);
        return true;
    }

    /// <summary>Takes this port if it is free or rests.</summary>
    public bool TryTake(int offset)
    {
        int bit = ToBit(offset);
        ulong mask = 1UL << (bit & 63);
        if ((_free[bit >> 6] & mask) != 0)
        {
            SetUsed(bit);
            return true;
        }

        for (int cohort = 0; cohort < Cohorts; cohort++)
        {
            ref ulong word = ref _resting[cohort * _words + (bit >> 6)];
            if ((word & mask) != 0)
            {
                word &= ~mask;
                _restingCount[cohort]--;
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives a port back; it rests first.</summary>
    public void Release(int offset, Timestamp now)
    {
        if (now >= _turnEnd)
        {
            Rest(now);
        }

        int bit = ToBit(offset);
        _resting[_collecting * _words + (bit >> 6)] |= 1UL << (bit & 63);
        _restingCount[_collecting]++;
    }

    /// <summary>Sends every free port to rest: the block comes from another host, which may have used any of them a moment ago.</summary>
    public void RestAll(Timestamp now)
    {
        Rest(now);
        int collecting = _collecting * _words;
        for (int word = 0; word < _words; word++)
        {
            _resting[collecting + word] |= _free[word];
            _free[word] = 0;
        }

        _restingCount[_collecting] += FreeCount;
        _summary.AsSpan().Clear();
        _freeByParity.AsSpan().Clear();
    }

    /// <summary>Frees what has rested long enough. Constant between two turns; at a turn one pass over the words of the block.</summary>
    public void Rest(Timestamp now)
    {
        for (int turns = 0; now >= _turnEnd && turns < Cohorts; turns++)
        {
            _turnEnd += _turn;
            _collecting = (_collecting + 1) % Cohorts;
            FreeCohort(_collecting);
        }

        if (now >= _turnEnd)
        {
            _turnEnd = now + _turn; // a long silence: everything has rested
        }
    }

    private void FreeCohort(int cohort)
    {
        if (_restingCount[cohort] == 0)
        {
            return;
        }

        Span<ulong> resting = _resting.AsSpan(cohort * _words, _words);
        for (int word = 0; word < _words; word++)
        {
            for (ulong bits = resting[word]; bits != 0; bits &= bits - 1)
            {
                SetFree(word * 64 + BitOperations.TrailingZeroCount(bits));
            }

            resting[word] = 0;
        }

        _restingCount[cohort] = 0;
    }

    /// <summary>The first free bit from <paramref name="from"/> on, going round within a half that has one.</summary>
    private int FindFree(int from, int begin, int end)
    {
        int bit = FindFrom(from);
        if (bit >= end)
        {
            bit = FindFrom(begin);
        }

        return bit;
    }

    /// <summary>The first free bit from a place on, <see cref="int.MaxValue"/> if there is none. Reads two words and at most eight of the summary.</summary>
    private int FindFrom(int from)
    {
        int word = from >> 6;
        ulong bits = _free[word] & (ulong.MaxValue << (from & 63));
        if (bits != 0)
        {
            return word * 64 + BitOperations.TrailingZeroCount(bits);
        }

        word++;
        for (int group = word >> 6; group < _summary.Length; group++)
        {
            ulong words = group == word >> 6 ? _summary[group] & (ulong.MaxValue << (word & 63)) : _summary[group];
            if (words != 0)
            {
                int found = group * 64 + BitOperations.TrailingZeroCount(words);
                return found * 64 + BitOperations.TrailingZeroCount(_free[found]);
            }
        }

        return int.MaxValue;
    }

    private void SetFree(int bit)
    {
        int word = bit >> 6;
        _free[word] |= 1UL << (bit & 63);
        _summary[word >> 6] |= 1UL << (word & 63);
        _freeByParity[HalfOf(bit)]++;
    }

    private void SetUsed(int bit)
    {
        int word = bit >> 6;
        _free[word] &= ~(1UL << (bit & 63));
        if (_free[word] == 0)
        {
            _summary[word >> 6] &= ~(1UL << (word & 63));
        }

        _freeByParity[HalfOf(bit)]--;
    }

    private int HalfOf(int bit) => bit >> (_log2Size - 1);

    private int ToBit(int offset) => ((offset & 1) << (_log2Size - 1)) | (offset >> 1);

    private int ToOffset(int bit) => ((bit & (_bits / 2 - 1)) << 1) | HalfOf(bit);
}
