namespace Weft.Encap;

/// <summary>What a <see cref="PathMtuTable"/> is made for: one local endpoint, and how it looks for the size of its paths.</summary>
public sealed record PathMtuOptions
{
    /// <summary>Own address on the underlay, a unicast address; with <see cref="AnySource"/> any address of the family.</summary>
    public required VtepAddress Address { get; init; }

    /// <summary>
    /// Whether messages count whoever they are for, if they quote a packet of that one: for who seals what others send. Paths should be protected
    /// (<see cref="PathMtuTable.Protect"/>) then.
    /// </summary>
    public bool AnySource { get; init; }

    /// <summary>UDP port of the tunnel, to which packets that an ICMP message may quote were sent.</summary>
    public required ushort UdpPort { get; init; }

    /// <summary>First source port of such packets.</summary>
    public ushort SourcePortMin { get; init; } = 49152;

    /// <summary>Last source port of such packets.</summary>
    public ushort SourcePortMax { get; init; } = 65535;

    /// <summary>Largest outer IP packet, 576 to 65,535 bytes, and at least 1,280 over IPv6: the underlay's own MTU.</summary>
    public required int MaxMtuBytes { get; init; }

    /// <summary>Paths, 1 to 65,536. Default 256.</summary>
    public int Capacity { get; init; } = 256;

    /// <summary>
    /// Time after which a path that was found smaller is tried larger again, 5 minutes to 24 hours: never less than five minutes,
    /// ten are recommended (RFC 1191 section 6.3, RFC 8201 section 4); also PMTU_RAISE_TIMER of RFC 8899. Default 10 minutes.
    /// </summary>
    public TimeSpan RaiseAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether paths are probed (RFC 8899). Without it, only ICMP messages make them smaller, and time larger.</summary>
    public bool Probing { get; init; }

    /// <summary>Time in which a probe is answered, 1 to 60 s (PROBE_TIMER of RFC 8899 section 5.1.1). Default 15 s.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Probes of one size until it counts as too large, 1 to 10 (MAX_PROBES of RFC 8899 section 5.1.2). Default 3.</summary>
    public int MaxProbes { get; init; } = 3;

    /// <summary>Time between confirmations that the size found still passes, 1 s to 5 minutes (CONFIRMATION_TIMER of RFC 8899). Default 30 s.</summary>
    public TimeSpan ConfirmAfter { get; init; } = TimeSpan.FromSeconds(30);

    internal void Validate()
    {
        if (!AnySource && !Address.IsUnicast)
        {
            throw new ArgumentException($"{nameof(Address)} is {Address}; it must be a unicast address.");
        }

        Require(MaxMtuBytes, Address.IsIPv4 ? TunnelPeer.MinPathMtu : PathMtuTable.IPv6Floor, 65535, nameof(MaxMtuBytes));
        Require(Capacity, 1, 65536, nameof(Capacity));
        Require(MaxProbes, 1, 10, nameof(MaxProbes));
        Require(RaiseAfter, TimeSpan.FromMinutes(5), TimeSpan.FromHours(24), nameof(RaiseAfter));
        Require(ProbeTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), nameof(ProbeTimeout));
        Require(ConfirmAfter, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), nameof(ConfirmAfter));
    }

    private static void Require<T>(T value, T min, T max, string option) where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
        {
            throw new ArgumentException($"{option} is {value}; the allowed range is {min} to {max}.");
        }
    }
}
