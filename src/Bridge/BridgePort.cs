using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What the data path needs to know of a local port.</summary>
internal sealed class BridgePort
{
    private const int VlanCount = 4096;
    private readonly ulong[] _members = new ulong[VlanCount / 64];
    private BridgePortState[]? _states;

    public BridgePort(BridgePortOptions options, Timestamp start)
    {
        Storm = options.Storm is StormLimits limits ? new StormControl(limits, start) : null;
        Pvid = options.Pvid;
        DropsRefusedSources = options.DropsRefusedSources;
        State = options.State;
        foreach (ushort vlan in options.TaggedVlans)
        {
            _members[vlan >> 6] |= 1UL << vlan;
        }

        if (Pvid != 0)
        {
            _members[Pvid >> 6] |= 1UL << Pvid;
        }
    }

    public ushort Pvid { get; }

    /// <summary>State in all VLANs; that in a VLAN of its own may be less open.</summary>
    public BridgePortState State { get; set; }

    /// <summary>State in a VLAN.</summary>
    public BridgePortState StateIn(int vlan) => _states is null || _states[vlan] >= State ? State : _states[vlan];

    /// <summary>Sets the state in one VLAN. Allocates when it is first called.</summary>
    public void SetStateIn(int vlan, BridgePortState state)
    {
        if (_states is null)
        {
            _states = new BridgePortState[VlanCount];
            _states.AsSpan().Fill(BridgePortState.Forwarding);
        }

        _states[vlan] = state;
    }

    public bool DropsRefusedSources { get; }

    public StormControl? Storm { get; }

    /// <summary>True if the port is in the VLAN's member set, tagged or not.</summary>
    public bool IsMember(int vlan) => (_members[vlan >> 6] >> vlan & 1) != 0;

    /// <summary>True if frames of the VLAN leave the port with a tag.</summary>
    public bool SendsTagged(int vlan) => vlan != Pvid;
}
