using Weft.Encap;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Workers;

/// <summary>
/// Receive-side scaling in software: which worker a frame belongs to. On the underlay by the key and the table that peers
/// solve source ports for; elsewhere by a key under which both directions of a flow are the same.
/// </summary>
internal sealed class WorkerSteering
{
    /// <summary>Entries of the indirection table, as most adapters have: what a peer's <c>steering</c> says by default.</summary>
    public const int TableEntries = 128;

    private readonly RssReceiver _outer;
    private readonly RssReceiver _flows;
    private readonly bool[] _isUnderlay;

    public WorkerSteering(SwitchPlan plan)
    {
        RssIndirectionTable table = RssIndirectionTable.RoundRobin(TableEntries, plan.Workers);
        (_outer, _flows) = (new RssReceiver(ToeplitzKey.Microsoft, table), new RssReceiver(ToeplitzKey.Symmetric, table));
        _isUnderlay = [.. plan.Ports.Select(port => port.Role == PortRole.Underlay)];
    }

    /// <summary>The worker of a frame as it was received. What is not IP is the first worker's.</summary>
    public int WorkerOf(ReadOnlySpan<byte> frame, in PacketLayout layout, int ingress) => (_isUnderlay[ingress] ? _outer : _flows).QueueOf(frame, layout);

    /// <summary>The worker of the flow that a frame is of, whatever tunnel or port it came through.</summary>
    public int WorkerOfFlow(ReadOnlySpan<byte> frame, in PacketLayout layout) => _flows.QueueOf(frame, layout);
}
