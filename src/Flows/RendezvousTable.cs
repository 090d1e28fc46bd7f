using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Flows.Hashing;

namespace Weft.Flows;

/// <summary>
/// Rendezvous hashing (highest random weight, Thaler and Ravishankar 1998) precomputed into rows: for every row the backends in
/// the order of preference, so that whoever finds the first one gone or refusing goes on to the second.
/// </summary>
/// <remarks>
/// <para>
/// With equal weights the rows are those of GLB's forwarding table for the same seed and the octets of the addresses as names:
/// the row's seed is SipHash-2-4 of its number, and backends are in ascending order of SipHash-2-4 of row seed and name, read as
/// big-endian numbers. With different weights the order is that of exponential variables with the weights as rates (logarithmic
/// rendezvous hashing), so that a backend is first in a share of the rows in proportion to its weight. Either way removing
/// a backend changes nothing but the places that it had.
/// </para>
/// Immutable: build a new one and swap the reference. Building takes rows × backends hashes; a choice is one read. Memory:
/// 2 bytes a row and choice.
/// </remarks>
public sealed class RendezvousTable
{
    /// <summary>Octets of the seed.</summary>
    public const int SeedLength = SipHash24.KeyLength;

    /// <summary>Rows of a table unless said otherwise, as in GLB.</summary>
    public const int DefaultRows = 1 << 16;

    /// <summary>Most backends.</summary>
    public const int MaxBackends = 4096;

    private const int RowSeedLength = 8;

    private readonly ushort[] _rows;
    private readonly ulong _mask;

    private RendezvousTable(ushort[] rows, int rowCount, int choices)
    {
        _rows = rows;
        _mask = (ulong)rowCount - 1;
        Choices = choices;
    }

    /// <summary>Number of rows.</summary>
    public int Rows => (int)_mask + 1;

    /// <summary>Backends in a row.</summary>
    public int Choices { get; }

    /// <summary>Builds the table.</summary>
    /// <param name="seed">Secret that all machines share that must choose alike: <see cref="SeedLength"/> octets.</param>
    /// <param name="backends">At least one; names must differ.</param>
    /// <param name="choices">How many backends a row names, 1 to their number.</param>
    /// <param name="rows">Number of rows: a power of two, 2 to 2^20.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count, a weight or the seed's length is out of its range.</exception>
    /// <exception cref="ArgumentException">A name is empty or longer than 64 octets.</exception>
    public static RendezvousTable Build(ReadOnlySpan<byte> seed, ReadOnlySpan<HashBackend> backends, int choices, int rows = DefaultRows)
    {
        HashBackend.Validate(backends, MaxBackends);
        if (seed.Length != SeedLength)
        {
            throw new ArgumentOutOfRangeException(nameof(seed), seed.Length, $"The seed must have {SeedLength} octets.");
        }

        if (choices < 1 || choices > backends.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(choices), choices, $"The choices of a row must be 1 to {backends.Length}.");
        }

        if (rows < 2 || rows > 1 << 20 || (rows & (rows - 1)) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(rows), rows, "The number of rows must be a power of two, 2 to 2^20.");
        }

        bool weighted = false;
        foreach (HashBackend backend in backends)
        {
            weighted |= backend.Weight != backends[0].Weight;
            if (backend.Name.Length is < 1 or > 64)
            {
                throw new ArgumentException("The name of a backend must have 1 to 64 octets.", nameof(backends));
            }
        }

        ushort[] table = new ushort[rows * choices];
        var ranks = new Rank[backends.Length];
        Span<byte> message = stackalloc byte[RowSeedLength + 64];
        Span<byte> number = stackalloc byte[sizeof(uint)];
        for (int row = 0; row < rows; row++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(number, (uint)row);
            BinaryPrimitives.WriteUInt64LittleEndian(message, SipHash24.Hash(seed, number));
            for (int i = 0; i < ranks.Length; i++)
            {
                ReadOnlySpan<byte> name = backends[i].Name.Span;
                name.CopyTo(message[RowSeedLength..]);
                ulong hash = BinaryPrimitives.ReverseEndianness(SipHash24.Hash(seed, message[..(RowSeedLength + name.Length)]));
                ranks[i] = new Rank(weighted ? Delay(hash, backends[i].Weight) : 0, hash, (ushort)i);
            }

            Array.Sort(ranks);
            for (int choice = 0; choice < choices; choice++)
            {
                table[row * choices + choice] = ranks[choice].Backend;
            }
        }

        return new RendezvousTable(table, rows, choices);
    }

    /// <summary>The backends for a hash in the order of preference, as their indices in the list that the table was built from.</summary>
    /// <param name="hash">Any bits that the packets of a flow share; the lowest ones choose the row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<ushort> Row(ulong hash) => _rows.AsSpan((int)(hash & _mask) * Choices, Choices);

    /// <summary>The first choice for a hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Select(ulong hash) => _rows[(int)(hash & _mask) * Choices];

    /// <summary>An exponential variable of rate <paramref name="weight"/> from a uniform hash; the smallest of several is a given one in proportion to its rate.</summary>
    private static double Delay(ulong hash, int weight) => -Math.Log(1 - (hash >> 11) * (1.0 / (1UL << 53))) / weight;

    private readonly record struct Rank(double Delay, ulong Hash, ushort Backend) : IComparable<Rank>
    {
        public int CompareTo(Rank other)
        {
            int order = Delay.CompareTo(other.Delay);
            return order != 0 ? order : Hash != other.Hash ? Hash.CompareTo(other.Hash) : Backend.CompareTo(other.Backend);
        }
    }
}
