using Weft.Packets;

namespace Weft.Services;

/// <summary>One service of one machine: the instance, where its state lies within a flow's, and how it fares.</summary>
internal abstract unsafe class ServiceSlot
{
    private Timestamp _faultsSince;
    private int _faults;

    protected ServiceSlot(string name, ServiceInfo info, int stateBytes) => (Name, Info, StateBytes, WhenFailed) = (name, info, stateBytes, info.WhenFailed);

    public string Name { get; }

    public ServiceInfo Info { get; }

    public FailurePolicy WhenFailed { get; init; }

    /// <summary>Bytes of state of a flow, without padding to the next slot's.</summary>
    public int StateBytes { get; }

    /// <summary>Where they begin.</summary>
    public int StateOffset { get; set; }

    /// <summary>Its place in the set.</summary>
    public int Index { get; set; }

    public bool IsQuarantined { get; private set; }

    public ServiceCounters Counters;

    /// <summary>Has the service deal with packets of a burst, in order, from <paramref name="from"/> on.</summary>
    public abstract void Process<TPackets>(ref TPackets packets, Span<ServiceLane> lanes, scoped ReadOnlySpan<ushort> which, int from, ref ServiceBurst burst)
        where TPackets : struct, IServicePackets, allows ref struct;

    /// <summary>The ways to the processes that the service is in, if it is in others.</summary>
    public abstract IReadOnlyList<ContainerRing> Rings { get; }

    /// <summary>The one of them that was just given the first packet of a flow.</summary>
    public ContainerRing? UnnamedRing
    {
        get
        {
            for (int i = 0; i < Rings.Count; i++)
            {
                if (Rings[i].HasUnnamed)
                {
                    return Rings[i];
                }
            }

            return null;
        }
    }

    /// <summary>Whether it may make packets of one flow those of another.</summary>
    public abstract bool ChangesFlow { get; }

    /// <summary>Tells the service that a flow has ended.</summary>
    public abstract void End(byte* flowState);

    /// <summary>What the service says of a flow.</summary>
    public abstract string? Explain(byte* flowState);

    /// <summary>Takes over state that this or another version exported; false if it cannot.</summary>
    public abstract bool TryImport(ushort version, ReadOnlySpan<byte> bytes, byte* flowState);

    /// <summary>Makes state good for who has missed the latest packets.</summary>
    public abstract void CatchUp(byte* flowState);

    /// <summary>How many things the service remembers of the machine.</summary>
    public abstract int MachineEntries { get; }

    /// <summary>Writes one of them.</summary>
    public abstract int ExportMachine(int entry, Span<byte> into);

    /// <summary>Takes one over.</summary>
    public abstract bool TryImportMachine(ReadOnlySpan<byte> entry);

    /// <summary>Counts a fault and quarantines the service after too many in too short a time.</summary>
    public void Fault(Timestamp now, in QuarantineRule rule)
    {
        Counters.Faults++;
        if (_faults == 0 || now - _faultsSince > rule.Within)
        {
            (_faults, _faultsSince) = (0, now);
        }

        if (++_faults >= rule.Faults)
        {
            IsQuarantined = true;
        }
    }

    /// <summary>Treats a packet as the policy says that the service cannot treat.</summary>
    public void Excuse(ref ServiceLane lane, ServiceReason reason, ref ServiceBurst burst)
    {
        bool passes = WhenFailed == FailurePolicy.FailOpen
            || (WhenFailed == FailurePolicy.BypassEstablished && (lane.Flags & FlowFlags.Established) != 0);
        if (passes)
        {
            Counters.Bypassed++;
            return;
        }

        Counters.Refused++;
        burst.Diverges = true;
        lane.Stop(ServiceAction.Drop, reason, Index);
    }

    /// <summary>Lets the service work again.</summary>
    public void Release() => (IsQuarantined, _faults) = (false, 0);
}
