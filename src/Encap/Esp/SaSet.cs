namespace Weft.Encap;

/// <summary>
/// The outbound associations towards one peer: several with identical selectors so that several queues share the load, and a
/// fallback for whatever has none of its own (RFC 9611 section 3).
/// </summary>
/// <remarks>
/// <para>A place of the set belongs to a sending worker (<see cref="Select"/>) or to a share of the inner flows
/// (<see cref="SelectByFlow"/>). Either way a flow stays with a place, so its packets use one association, one source port and one
/// queue of the receiver, and keep their order.</para>
/// <para>Rekey make-before-break: have the peer accept the successor first, then <see cref="Install"/> it; not a packet falls
/// between. Old packets under way are still opened, since the peer keeps the old inbound association for a while.</para>
/// <para>One thread uses a set, or, where each place belongs to a worker, each place and the fallback once per worker.</para>
/// </remarks>
public sealed class SaSet
{
    /// <summary>Most places of a set.</summary>
    public const int MaxPlaces = 256;

    private readonly EspOutboundSa?[] _places;

    /// <summary>Creates a set whose places are empty: everything uses the fallback.</summary>
    /// <param name="fallback">The first association, which must exist.</param>
    /// <param name="places">1 to 256, as a rule the receiver's queues.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of places is outside its range.</exception>
    public SaSet(EspOutboundSa fallback, int places)
    {
        ArgumentNullException.ThrowIfNull(fallback);
        if (places is < 1 or > MaxPlaces)
        {
            throw new ArgumentOutOfRangeException(nameof(places), places, $"places must be 1 to {MaxPlaces}");
        }

        (Fallback, _places) = (fallback, new EspOutboundSa?[places]);
    }

    /// <summary>What is used where a place is empty or its association finished.</summary>
    public EspOutboundSa Fallback { get; private set; }

    /// <summary>Number of places.</summary>
    public int Places => _places.Length;

    /// <summary>The association of a place; null if it is empty.</summary>
    public EspOutboundSa? this[int place] => _places[place];

    /// <summary>The association of a worker or another resource; any number is folded into the places.</summary>
    public EspOutboundSa Select(int worker)
    {
        EspOutboundSa? own = _places[(int)((uint)worker % (uint)_places.Length)];
        return own is { IsFinished: false } ? own : Fallback;
    }

    /// <summary>The association of an inner flow.</summary>
    /// <param name="flowHash">A keyed hash of the flow, the same for all its packets.</param>
    public EspOutboundSa SelectByFlow(uint flowHash) =>
        // Scaling the hash instead of a remainder: its high bits are as good as its low ones, and any number of places is even.
        Select((int)((ulong)flowHash * (uint)_places.Length >> 32));

    /// <summary>Puts an association into a place; from the next packet on it is the one that is used.</summary>
    /// <returns>The one it replaces, which the caller disposes; null if the place was empty.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public EspOutboundSa? Install(int place, EspOutboundSa association)
    {
        ArgumentNullException.ThrowIfNull(association);
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, _places.Length);
        (EspOutboundSa? old, _places[place]) = (_places[place], association);
        return old;
    }

    /// <summary>Replaces the fallback.</summary>
    /// <returns>The one it replaces, which the caller disposes.</returns>
    public EspOutboundSa InstallFallback(EspOutboundSa association)
    {
        ArgumentNullException.ThrowIfNull(association);
        (EspOutboundSa old, Fallback) = (Fallback, association);
        return old;
    }
}
