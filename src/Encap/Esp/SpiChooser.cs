using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Chooses SPIs for inbound associations: unpredictable, unused, and where the adapter's receive-side scaling looks at the SPI,
/// such that packets land on a wanted queue. The receiver can do so because it is the receiver who picks the SPI.
/// </summary>
public sealed class SpiChooser
{
    /// <summary>
    /// Candidates tried for each SPI. With 256 queues spread evenly none of these fits with probability e^-64; a queue
    /// that the table does not name is given up after as many keyed hashes, a millisecond.
    /// </summary>
    private const int MaxCandidates = 1 << 14;

    private readonly SecurityAssociationDatabase _taken;
    private readonly KeyedHash _hash;
    private ulong _counter;

    /// <summary>Creates a chooser.</summary>
    /// <param name="taken">Associations whose SPIs are not to be given out again.</param>
    /// <param name="seed">Secret from which SPIs are derived; another one a process, or SPIs repeat after a restart.</param>
    public SpiChooser(SecurityAssociationDatabase taken, HashSeed seed)
    {
        ArgumentNullException.ThrowIfNull(taken);
        (_taken, _hash) = (taken, new KeyedHash(seed));
    }

    /// <summary>Chooses any free SPI, 256 or above.</summary>
    public uint Choose()
    {
        uint spi;
        do
        {
            spi = (uint)_hash.Hash(_counter++);
        }
        while (!IsFree(spi));

        return spi;
    }

    /// <summary>Chooses a free SPI for an adapter that hashes source, destination and SPI of ESP over IPv4.</summary>
    /// <returns>False if no SPI was found that leads to the queue; it is not in the table, as a rule.</returns>
    public bool TryChoose(ToeplitzKey key, RssIndirectionTable table, IPv4Address source, IPv4Address destination, int queue, out uint spi)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(table);
        for (int i = 0; i < MaxCandidates; i++)
        {
            spi = (uint)_hash.Hash(_counter++);
            // The SPI stands where the ports of other protocols would.
            if (IsFree(spi) && table.QueueOf(key.Hash(source, destination, (ushort)(spi >> 16), (ushort)spi)) == queue)
            {
                return true;
            }
        }

        spi = 0;
        return false;
    }

    /// <summary>The same for IPv6.</summary>
    /// <returns>False if no SPI was found that leads to the queue.</returns>
    public bool TryChoose(ToeplitzKey key, RssIndirectionTable table, IPv6Address source, IPv6Address destination, int queue, out uint spi)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(table);
        for (int i = 0; i < MaxCandidates; i++)
        {
            spi = (uint)_hash.Hash(_counter++);
            if (IsFree(spi) && table.QueueOf(key.Hash(source, destination, (ushort)(spi >> 16), (ushort)spi)) == queue)
            {
                return true;
            }
        }

        spi = 0;
        return false;
    }

    /// <summary>Chooses a free SPI for a receiver that takes its remainder by the number of queues (software dispatch, flow rules on low bits).</summary>
    /// <param name="queues">1 to 65,535.</param>
    /// <param name="queue">0 to <paramref name="queues"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such queue.</exception>
    public uint ChooseByRemainder(int queues, int queue)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(queues);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(queues, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfNegative(queue);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(queue, queues);
        while (true)
        {
            uint drawn = (uint)_hash.Hash(_counter++);
            ulong spi = drawn - (drawn % (uint)queues) + (uint)queue;
            if (spi <= uint.MaxValue && IsFree((uint)spi))
            {
                return (uint)spi;
            }
        }
    }

    private bool IsFree(uint spi) => spi >= EspSaOptions.MinSpi && _taken.Find(spi) is null;
}
