using Weft.Host.Datapath.Balancing;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Flows of load balancers, as many as somebody may want to read.</summary>
internal static class LbFlowList
{
    /// <summary>Flows that are listed of one table: a worker makes the list between two bursts, and must not be long about it.</summary>
    public const int Limit = 1000;

    private const int Chunk = 64;

    /// <summary>The first flows that are met in the table, in the order of their clients.</summary>
    public static IEnumerable<LbFlowSnapshot> Of(ReturnPath path, Timestamp now)
    {
        var flows = new List<LbFlow>(Math.Min(path.Table.Count, Limit));
        var chunk = new LbFlow[Chunk];
        int cursor = 0;
        do
        {
            int count = path.Table.CopyTo(ref cursor, chunk, now);
            flows.AddRange(chunk.AsSpan(0, Math.Min(count, Limit - flows.Count)));
        }
        while (cursor != 0 && flows.Count < Limit);
        return flows
            .OrderBy(flow => flow.Client).ThenBy(flow => flow.ClientPort).ThenBy(flow => flow.Server).ThenBy(flow => flow.ServerPort).ThenBy(flow => flow.Protocol)
            .Select(flow => new LbFlowSnapshot(
                flow.Protocol.ToString().ToLowerInvariant(), Endpoint(flow.IsIPv4, flow.Client, flow.ClientPort), Endpoint(flow.IsIPv4, flow.Server, flow.ServerPort),
                path.MemberOf(flow.Lb)?.Name, EnumWords<FlowStage>.Of(flow.Stage), flow.IdleSeconds));
    }

    private static string Endpoint(bool isIPv4, IPv6Address address, ushort port) => (isIPv4, port) switch
    {
        (true, 0) => $"{new IPv4Address((uint)address.Low)}",
        (true, _) => $"{new IPv4Address((uint)address.Low)}:{port}",
        (false, 0) => $"{address}",
        (false, _) => $"[{address}]:{port}",
    };
}
