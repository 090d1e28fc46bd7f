namespace Weft.Bridge;

/// <summary>What the data path needs to know of a segment, resolved once.</summary>
internal sealed class BridgeSegment
{
    public BridgeSegment(BridgeSegmentOptions options, IReadOnlyList<BridgePortOptions> ports)
    {
        Vlan = options.Vlan;
        Learning = options.Learning;
        FloodUnknown = options.FloodUnknown;
        SuppressArp = options.SuppressArp;
        SuppressNd = options.SuppressNd;
        AskAgain = options.AskAgain;
        Vteps = [.. options.Vteps];
        var members = new List<Member>();
        for (int port = 0; port < ports.Count; port++)
        {
            bool untagged = ports[port].Pvid == options.Vlan;
            if (!ports[port].ReceivesFloods)
            {
                continue;
            }

            if (untagged || ports[port].TaggedVlans.Contains(options.Vlan))
            {
                members.Add(new Member(port, !untagged));
            }
        }

        Members = [.. members];
    }

    public ushort Vlan { get; }

    public bool Learning { get; }

    public bool FloodUnknown { get; }

    public bool SuppressArp { get; }

    public bool SuppressNd { get; }

    public TimeSpan AskAgain { get; }

    public int[] Vteps { get; }

    /// <summary>The ports that flooded frames go to.</summary>
    public Member[] Members { get; }

    /// <summary>A port of the segment and whether frames leave it with a tag.</summary>
    public readonly record struct Member(int Port, bool Tagged);
}
