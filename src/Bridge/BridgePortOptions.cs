using Weft.Packets;

namespace Weft.Bridge;

/// <summary>The VLANs of one local port. An access port has a <see cref="Pvid"/> and no tagged VLANs, a trunk has tagged VLANs.</summary>
public sealed record BridgePortOptions
{
    /// <summary>
    /// VLAN of frames without a VLAN identifier (untagged and priority-tagged), sent untagged too; 1 to 4094, or 0 if such
    /// frames are refused.
    /// </summary>
    public ushort Pvid { get; init; }

    /// <summary>VLANs that are sent and accepted tagged, 1 to 4094 each. The <see cref="Pvid"/> is accepted tagged as well.</summary>
    public IReadOnlyCollection<ushort> TaggedVlans { get; init; } = [];

    /// <summary>What the port may do; see <see cref="LearningBridge.SetPortState(int, BridgePortState)"/>.</summary>
    public BridgePortState State { get; init; } = BridgePortState.Forwarding;

    /// <summary>Most addresses that are learned behind the port, at least 0.</summary>
    public int MaxLearned { get; init; } = int.MaxValue;

    /// <summary>Whether addresses learned behind the port stay there until they age; see <see cref="FilteringDatabase.SetSticky"/>.</summary>
    public bool IsSticky { get; init; }

    /// <summary>
    /// Whether frames are dropped whose source the port may not teach: one too many, or one that a static or sticky entry or the
    /// hold-down keeps elsewhere. By default they are forwarded, and only the table stays as it is.
    /// </summary>
    public bool DropsRefusedSources { get; init; }
    /// <summary>
    /// Whether flooded frames are sent to the port. Not to that of a router, which is no station but for the frames that are addressed to it.
    /// </summary>
    public bool ReceivesFloods { get; init; } = true;

    /// <summary>Limits of flooded frames that the port receives; null for none.</summary>
    public StormLimits? Storm { get; init; }

    internal void Validate(int port)
    {
        Storm?.Validate(port);
        if (Pvid > VlanTag.MaxVlanId)
        {
            throw new ArgumentException($"{nameof(Pvid)} of port {port} is {Pvid}; the allowed range is 0 to {VlanTag.MaxVlanId}.");
        }

        foreach (ushort vlan in TaggedVlans)
        {
            if (vlan is 0 or > VlanTag.MaxVlanId)
            {
                throw new ArgumentException($"{nameof(TaggedVlans)} of port {port} has {vlan}; the allowed range is 1 to {VlanTag.MaxVlanId}.");
            }
        }

        if (MaxLearned < 0)
        {
            throw new ArgumentException($"{nameof(MaxLearned)} of port {port} is {MaxLearned}; it must not be negative.");
        }
    }
}
