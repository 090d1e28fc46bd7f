using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// Blocks of ports that the hosts of one process share, for simulations, tests and plans that never change. What it does is what a
/// service for many processes has to do: one host a block, a larger epoch for each lease, quarantine between hosts.
/// </summary>
/// <remarks>One thread uses a pool and the leases of all its hosts.</remarks>
public sealed class PortBlockPool
{
    private readonly PortBlockPoolOptions _options;
    private readonly Place[] _places;

    /// <summary>Creates a pool of which nobody has a block yet.</summary>
    /// <exception cref="ArgumentException">Two blocks overlap.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public PortBlockPool(PortBlockPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _places = [.. options.Blocks.Select(block => new Place { Block = block with { LeaseEpoch = 0 }, FreeFrom = new Timestamp(long.MinValue) })];
    }

    /// <summary>The leases of one more host.</summary>
    public IPortBlockLeases Join() => new Host(this);

    /// <summary>Blocks that a host could get now without waiting for a quarantine to end.</summary>
    public int FreeAt(Timestamp now) => _places.Count(place => IsFree(place, now));

    private static bool IsHeld(Place place, Timestamp now) => place.Owner is not null && now < place.Expires;

    private bool IsFree(Place place, Timestamp now) => !IsHeld(place, now) && now >= (place.Owner is null ? place.FreeFrom : place.Expires + _options.Quarantine);

    private Timestamp Expiry(Timestamp now) => _options.Lease is TimeSpan lease ? now + lease : Timestamp.MaxValue;

    private LeaseAnswer Grant(Host host, IPv4Address preferred, Timestamp now)
    {
        Place? free = _places.Where(place => IsFree(place, now)).OrderByDescending(place => place.Block.Address == preferred).FirstOrDefault();
        if (free is null)
        {
            return new LeaseAnswer(LeaseAnswerKind.Denied, default, default);
        }

        uint predecessor = free.Block.LeaseEpoch;
        free.Block = free.Block with { LeaseEpoch = predecessor + 1 };
        free.Owner = host;
        free.Expires = Expiry(now);
        return new LeaseAnswer(LeaseAnswerKind.Granted, free.Block, free.Expires, predecessor);
    }

    private LeaseAnswer Renew(Host host, PortBlock block, Timestamp now)
    {
        Place? place = Array.Find(_places, place => place.Block == block && place.Owner == host && IsHeld(place, now));
        if (place is null)
        {
            return new LeaseAnswer(LeaseAnswerKind.Lost, block, default);
        }

        place.Expires = Expiry(now);
        return new LeaseAnswer(LeaseAnswerKind.Renewed, block, place.Expires);
    }

    private void Release(Host host, PortBlock block, Timestamp now)
    {
        if (Array.Find(_places, place => place.Block == block && place.Owner == host) is Place place)
        {
            place.Owner = null;
            place.FreeFrom = (place.Expires < now ? place.Expires : now) + _options.Quarantine;
        }
    }

    private sealed class Place
    {
        public PortBlock Block { get; set; }

        public Host? Owner { get; set; }

        public Timestamp Expires { get; set; }

        public Timestamp FreeFrom { get; set; }
    }

    private sealed class Host(PortBlockPool pool) : IPortBlockLeases
    {
        private readonly Queue<LeaseAnswer> _answers = [];

        public void Request(IPv4Address preferred, Timestamp now) => _answers.Enqueue(pool.Grant(this, preferred, now));

        public void Renew(PortBlock block, Timestamp now) => _answers.Enqueue(pool.Renew(this, block, now));

        public void Release(PortBlock block, Timestamp now) => pool.Release(this, block, now);

        public bool TryTakeAnswer(Timestamp now, out LeaseAnswer answer) => _answers.TryDequeue(out answer);
    }
}
