namespace Weft.Nat;

/// <summary>What a <see cref="NatEngine"/> did.</summary>
public struct NatCounters
{
    /// <summary>Packets translated on their way out.</summary>
    public long TranslatedOutbound;

    /// <summary>Packets translated on their way in.</summary>
    public long TranslatedInbound;

    /// <summary>Packets translated from a machine to a machine.</summary>
    public long Hairpinned;

    /// <summary>Packets that belong to another host.</summary>
    public long Redirected;

    /// <summary>Packets that were not for the translator.</summary>
    public long Passed;

    /// <summary>Fragments held until the first one comes.</summary>
    public long FragmentsHeld;

    /// <summary>Mappings made.</summary>
    public long MappingsCreated;

    /// <summary>Mappings ended.</summary>
    public long MappingsDeleted;

    /// <summary>Sessions made.</summary>
    public long SessionsCreated;

    /// <summary>Sessions ended.</summary>
    public long SessionsDeleted;

    /// <summary>ICMP errors of our own that were due.</summary>
    public long ErrorsSent;

    /// <summary>ICMP errors of our own that the rate limit withheld.</summary>
    public long ErrorsLimited;

    /// <summary>Events lost because nobody drained them.</summary>
    public long EventsLost;

    /// <summary>Dropped: <see cref="NatDropReason.MalformedIPv4"/>.</summary>
    public long MalformedIPv4;

    /// <summary>Dropped: <see cref="NatDropReason.MalformedTransport"/>.</summary>
    public long MalformedTransport;

    /// <summary>Dropped: <see cref="NatDropReason.MalformedFragment"/>.</summary>
    public long MalformedFragment;

    /// <summary>Dropped: <see cref="NatDropReason.BadAddress"/>.</summary>
    public long BadAddress;

    /// <summary>Dropped: <see cref="NatDropReason.UnknownProtocol"/>.</summary>
    public long UnknownProtocol;

    /// <summary>Dropped: <see cref="NatDropReason.UnsupportedIcmp"/>.</summary>
    public long UnsupportedIcmp;

    /// <summary>Dropped: <see cref="NatDropReason.BadIcmpError"/>.</summary>
    public long BadIcmpError;

    /// <summary>Dropped: <see cref="NatDropReason.NoMapping"/>.</summary>
    public long NoMapping;

    /// <summary>Dropped: <see cref="NatDropReason.Filtered"/>.</summary>
    public long Filtered;

    /// <summary>Dropped: <see cref="NatDropReason.NoConnection"/>.</summary>
    public long NoConnection;

    /// <summary>Dropped: <see cref="NatDropReason.PortsExhausted"/>.</summary>
    public long PortsExhausted;

    /// <summary>Dropped: <see cref="NatDropReason.QuotaExceeded"/>.</summary>
    public long QuotaExceeded;

    /// <summary>Dropped: <see cref="NatDropReason.TableFull"/>.</summary>
    public long TableFull;

    /// <summary>Dropped: <see cref="NatDropReason.FragmentsFull"/>.</summary>
    public long FragmentsFull;

    /// <summary>Dropped: <see cref="NatDropReason.FragmentOfDropped"/>.</summary>
    public long FragmentOfDropped;

    /// <summary>Dropped: <see cref="NatDropReason.RedirectedTwice"/>.</summary>
    public long RedirectedTwice;

    internal void Count(NatDropReason reason)
    {
        switch (reason)
        {
            case NatDropReason.MalformedIPv4: MalformedIPv4++; break;
            case NatDropReason.MalformedTransport: MalformedTransport++; break;
            case NatDropReason.MalformedFragment: MalformedFragment++; break;
            case NatDropReason.BadAddress: BadAddress++; break;
            case NatDropReason.UnknownProtocol: UnknownProtocol++; break;
            case NatDropReason.UnsupportedIcmp: UnsupportedIcmp++; break;
            case NatDropReason.BadIcmpError: BadIcmpError++; break;
            case NatDropReason.NoMapping: NoMapping++; break;
            case NatDropReason.Filtered: Filtered++; break;
            case NatDropReason.NoConnection: NoConnection++; break;
            case NatDropReason.PortsExhausted: PortsExhausted++; break;
            case NatDropReason.QuotaExceeded: QuotaExceeded++; break;
            case NatDropReason.TableFull: TableFull++; break;
            case NatDropReason.FragmentsFull: FragmentsFull++; break;
            case NatDropReason.FragmentOfDropped: FragmentOfDropped++; break;
            case NatDropReason.RedirectedTwice: RedirectedTwice++; break;
            default: break;
        }
    }
}
