using System.Numerics;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>Finds the inbound association of an SPI (RFC 4301 section 4.1: the receiver chose the SPI, so it alone identifies).</summary>
/// <remarks>
/// Open addressing with a keyed hash in a table at most half full, so that a lookup, found or not, reads a place or two
/// whatever SPIs a sender makes up. One thread uses an instance; adding and removing allocate nothing.
/// </remarks>
public sealed class SecurityAssociationDatabase
{
    /// <summary>Most associations of a database.</summary>
    public const int MaxCapacity = 1 << 20;

    private readonly KeyedHash _hash;
    private readonly uint[] _spis;
    private readonly EspInboundSa?[] _associations;
    private readonly int _mask;

    /// <summary>Creates an empty database.</summary>
    /// <param name="capacity">Most associations, 1 to 1,048,576.</param>
    /// <param name="seed">Secret of the hash.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is outside its range.</exception>
    public SecurityAssociationDatabase(int capacity, HashSeed seed)
    {
        if (capacity is < 1 or > MaxCapacity)
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, $"capacity must be 1 to {MaxCapacity}");
        }

        int places = (int)BitOperations.RoundUpToPowerOf2((uint)capacity * 2);
        (Capacity, _mask, _hash) = (capacity, places - 1, new KeyedHash(seed));
        _spis = new uint[places];
        _associations = new EspInboundSa?[places];
    }

    /// <summary>Most associations.</summary>
    public int Capacity { get; }

    /// <summary>Associations in it.</summary>
    public int Count { get; private set; }

    /// <summary>Finds an association.</summary>
    /// <returns>Null if nobody has the SPI.</returns>
    public EspInboundSa? Find(uint spi)
    {
        // A free place holds SPI 0, which no association has and which is never on the wire.
        for (int place = Home(spi); ; place = (place + 1) & _mask)
        {
            uint there = _spis[place];
            if (there == spi || there == 0)
            {
                return _associations[place];
            }
        }
    }

    /// <summary>Adds an association. The database does not own it.</summary>
    /// <returns>False if the SPI is taken or the database full.</returns>
    public bool TryAdd(EspInboundSa association)
    {
        ArgumentNullException.ThrowIfNull(association);
        if (Count == Capacity || Find(association.Spi) is not null)
        {
            return false;
        }

        int place = Home(association.Spi);
        while (_spis[place] != 0)
        {
            place = (place + 1) & _mask;
        }

        (_spis[place], _associations[place]) = (association.Spi, association);
        Count++;
        return true;
    }

    /// <summary>Takes an association out; the caller disposes it.</summary>
    /// <returns>Null if nobody has the SPI.</returns>
    public EspInboundSa? Remove(uint spi)
    {
        int place = Home(spi);
        while (_spis[place] != spi)
        {
            if (_spis[place] == 0)
            {
                return null;
            }

            place = (place + 1) & _mask;
        }

        EspInboundSa? removed = _associations[place];
        CloseGap(place);
        Count--;
        return removed;
    }

    /// <summary>Moves what was displaced past the gap back, so that no search ends early and no tombstones gather.</summary>
    private void CloseGap(int gap)
    {
        for (int next = (gap + 1) & _mask; _spis[next] != 0; next = (next + 1) & _mask)
        {
            int displacement = (next - Home(_spis[next])) & _mask;
            if (displacement >= ((next - gap) & _mask))
            {
                (_spis[gap], _associations[gap]) = (_spis[next], _associations[next]);
                gap = next;
            }
        }

        (_spis[gap], _associations[gap]) = (0, null);
    }

    private int Home(uint spi) => (int)_hash.Hash((ulong)spi) & _mask;
}
