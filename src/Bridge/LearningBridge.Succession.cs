namespace Weft.Bridge;

/// <content>Going on with the tables of another bridge, so that a new configuration costs no pass over what was learned.</content>
public sealed partial class LearningBridge
{
    /// <summary>True if a bridge with these options can go on with the tables of another: capacities, seed, damping, journals and sharing are the same.</summary>
    public static bool CanSucceed(LearningBridgeOptions options, LearningBridge predecessor)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(predecessor);
        LearningBridgeOptions old = predecessor._options;
        return (options.MacCapacity, options.BindingCapacity, options.Seed, options.MoveDamping, options.JournalCapacity, options.Journals, options.SharePeriod)
            == (old.MacCapacity, old.BindingCapacity, old.Seed, old.MoveDamping, old.JournalCapacity, old.Journals, old.SharePeriod);
    }

    /// <summary>True if this bridge goes on with the tables of another one, or is to.</summary>
    public bool Shares(LearningBridge other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(Macs, other.Macs);
    }

    /// <summary>
    /// Takes the place of the predecessor, which must not be used afterwards: limits of this bridge hold, and what was learned where there is nothing any
    /// more, be it that a place is gone or that it left the segment, is forgotten.
    /// </summary>
    /// <remarks>
    /// Costs as much as there are ports, segments and endpoints; one pass over the table of addresses besides if places have other numbers now or have left a
    /// segment, and one over that of bindings if a segment is gone. Static entries are the caller's: it takes the old ones away before and enters the new ones.
    /// </remarks>
    /// <param name="predecessor">The bridge that the constructor was given.</param>
    /// <param name="ports">By the predecessor's number of a port its number here, -1 if it is gone.</param>
    /// <param name="vteps">By the predecessor's number of a remote endpoint its number here, -1 if it is gone.</param>
    /// <exception cref="ArgumentException">It is another bridge, or there are more or fewer numbers than it has places.</exception>
    public void TakeOver(LearningBridge predecessor, ReadOnlySpan<int> ports, ReadOnlySpan<int> vteps)
    {
        ArgumentNullException.ThrowIfNull(predecessor);
        if (!Shares(predecessor) || ReferenceEquals(this, predecessor))
        {
            throw new ArgumentException("It is not the bridge that this one was created to succeed.", nameof(predecessor));
        }

        if (ports.Length != predecessor._ports.Length || vteps.Length != predecessor._vtepCount)
        {
            throw new ArgumentException($"There are {ports.Length} ports and {vteps.Length} endpoints; the predecessor has {predecessor._ports.Length} and {predecessor._vtepCount}.", nameof(ports));
        }

        (_ownsTables, predecessor._ownsTables) = (true, false);
        bool isSame = IsIdentity(ports) && IsIdentity(vteps) && HasMembersOf(predecessor);
        Macs.Renumber(_ports.Length, _vtepCount, isSame ? null : new Renumbering([.. ports], [.. vteps], Places()));
        foreach (BridgeSegment old in predecessor._segments)
        {
            if (_segmentOfVlan[old.Vlan] < 0)
            {
                _ = Bindings.FlushVlan(old.Vlan);
                // A VLAN without a segment has no limits.
                Macs.SetAgeing(old.Vlan, BridgeSegmentOptions.DefaultAgeing);
                Macs.SetVlanLimit(old.Vlan, int.MaxValue);
            }
        }

        SetLimits();
    }

    private static bool IsIdentity(ReadOnlySpan<int> numbers)
    {
        for (int number = 0; number < numbers.Length; number++)
        {
            if (numbers[number] != number)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True if no place left a segment: then nothing can be in the table that does not belong there.</summary>
    private bool HasMembersOf(LearningBridge old)
    {
        foreach (BridgeSegment before in old._segments)
        {
            int now = _segmentOfVlan[before.Vlan];
            if (now < 0 || (before.Learning && !_segments[now].Learning))
            {
                return false;
            }

            // Endpoints by thousands are compared in the order that they have in both.
            HashSet<int>? endpoints = before.Vteps.AsSpan().SequenceEqual(_segments[now].Vteps.AsSpan(0, Math.Min(before.Vteps.Length, _segments[now].Vteps.Length))) ? null : [.. _segments[now].Vteps];
            if (endpoints is not null && !endpoints.IsSupersetOf(before.Vteps))
            {
                return false;
            }

            for (int port = 0; port < old._ports.Length; port++)
            {
                if (old._ports[port].IsMember(before.Vlan) && !_ports[port].IsMember(before.Vlan))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Where in each VLAN addresses may have been learned.</summary>
    private HashSet<(ushort Vlan, int Place)> Places()
    {
        var all = new HashSet<(ushort, int)>();
        foreach (BridgeSegment segment in _segments.Where(segment => segment.Learning))
        {
            foreach (int vtep in segment.Vteps)
            {
                _ = all.Add((segment.Vlan, BridgeLocation.Vtep(vtep).Code));
            }

            for (int port = 0; port < _ports.Length; port++)
            {
                if (_ports[port].IsMember(segment.Vlan))
                {
                    _ = all.Add((segment.Vlan, BridgeLocation.Port(port).Code));
                }
            }
        }

        return all;
    }

    private void SetLimits()
    {
        foreach (BridgeSegmentOptions segment in _options.Segments)
        {
            Macs.SetAgeing(segment.Vlan, segment.Ageing);
            Macs.SetVlanLimit(segment.Vlan, segment.MaxLearned);
        }

        for (int port = 0; port < _ports.Length; port++)
        {
            Macs.SetLocationLimit(BridgeLocation.Port(port), _options.Ports[port].MaxLearned);
            Macs.SetSticky(BridgeLocation.Port(port), _options.Ports[port].IsSticky);
        }
    }
}
