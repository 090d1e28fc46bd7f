using Weft.Host.Config;

namespace Weft.Host.Datapath;

/// <summary>Numbers remote tunnel endpoints so that tables with these numbers in them are still true when others come or go.</summary>
internal static class PeerNumbers
{
    /// <summary>The remote endpoints of a segment.</summary>
    public static IEnumerable<TunnelAddress> Of(SegmentPlan segment) =>
        segment.Peers.Concat(segment.StaticEntries.Where(entry => entry.Peer is not null).Select(entry => entry.Peer!.Value));

    /// <summary>A number from 0 without gaps for every remote endpoint of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="earlier">Where endpoints have numbers already: those that are left keep them, but for as many of the highest as went.</param>
    public static Dictionary<(int Vtep, TunnelAddress Address), int> Assign(SwitchPlan plan, SwitchTopology? earlier)
    {
        var numbers = new Dictionary<(int, TunnelAddress), int>();
        foreach (SegmentPlan segment in plan.Segments)
        {
            foreach (TunnelAddress address in Of(segment))
            {
                _ = numbers.TryAdd((segment.Vtep, address), -1);
            }
        }

        int[] vteps = [.. (earlier?.Plan.Vteps ?? []).Select(known => Position.Of(plan.Vteps, candidate => candidate.Name == known.Name))];
        bool[] taken = new bool[numbers.Count];
        for (int peer = 0; peer < Math.Min(taken.Length, earlier?.Peers.Count ?? 0); peer++)
        {
            RemoteEndpoint known = earlier!.Peers[peer];
            if (numbers.ContainsKey((vteps[known.Vtep], known.Address)))
            {
                (numbers[(vteps[known.Vtep], known.Address)], taken[peer]) = (peer, true);
            }
        }

        int next = 0;
        foreach ((int, TunnelAddress) peer in numbers.Where(peer => peer.Value < 0).Select(peer => peer.Key).ToArray())
        {
            while (taken[next])
            {
                next++;
            }

            numbers[peer] = next++;
        }

        return numbers;
    }
}
