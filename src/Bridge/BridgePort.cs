using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What the data path needs to know of a local port.</summary>
internal sealed class BridgePort
{
    private const int VlanCount = 4096;
    private readonly ulong[] _members = new ulong[VlanCount / 64];

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

    public BridgePortState State { get; set; }

    public bool DropsRefusedSources { get; }

    public StormControl? Storm { get; }

    /// <summary>True if the port is in the VLAN's member set, tagged or not.</summary>
    public bool IsMember(int vlan) => (_members[vlan >> 6] >> vlan & 1) != 0;

    /// <summary>True if frames of the VLAN leave the port with a tag.</summary>
    public bool SendsTagged(int vlan) => vlan != Pvid;
}
