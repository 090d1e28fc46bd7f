using System.Globalization;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>
/// A hundred hosts, and one or two things that fail. <c>WEFT_CLUSTER_STORIES=N</c> plays each failure of each host and N random pairs of failures; without it a
/// few of both are played.
/// </summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class ClusterFailureTests
{
    private const int Hosts = 100;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private enum Failure
    {
        /// <summary>A host's process ends, and comes back after its lease.</summary>
        Crash,

        /// <summary>A host's process ends and is back at once, before anybody could notice.</summary>
        Restart,

        /// <summary>A host does not reach the store until its leases are over.</summary>
        Partition,

        /// <summary>A host does not reach the store for a shorter time.</summary>
        Hiccup,

        /// <summary>Nobody reaches the store until leases are over.</summary>
        StoreLost,

        /// <summary>Nobody reaches the store for the time of an election.</summary>
        StoreElects,
    }

    private static int Stories => int.TryParse(Environment.GetEnvironmentVariable("WEFT_CLUSTER_STORIES"), NumberStyles.None, CultureInfo.InvariantCulture, out int stories) ? stories : 0;

    [Fact]
    public async Task A_hundred_hosts_agree_again_after_any_single_failure()
    {
        await using var cluster = await StartedAsync();
        foreach (Failure failure in Enum.GetValues<Failure>())
        {
            bool isOfAll = failure >= Failure.StoreLost;
            foreach (int host in isOfAll ? [0] : Stories > 0 ? Enumerable.Range(0, Hosts) : [37])
            {
                await PlayAsync(cluster, [(failure, host)], apart: 0);
            }
        }
    }

    [Fact]
    public async Task A_hundred_hosts_agree_again_after_two_failures_at_a_time()
    {
        await using var cluster = await StartedAsync();
        Failure[] kinds = Enum.GetValues<Failure>();
        var chance = new Random(11);
        for (int story = 0; story < Math.Max(4, Stories); story++)
        {
            (Failure, int)[] failures = [(kinds[chance.Next(kinds.Length)], chance.Next(Hosts / 2)), (kinds[chance.Next(kinds.Length)], (Hosts / 2) + chance.Next(Hosts / 2))];
            await PlayAsync(cluster, failures, apart: chance.Next(20));
        }
    }

    private static async Task<SimulatedCluster> StartedAsync()
    {
        var cluster = new SimulatedCluster(Hosts, segments: 2, flows: 512);
        Array.ForEach(cluster.Hosts, host => host.Start());
        _ = await cluster.ConvergeAsync(Limit);
        return cluster;
    }

    /// <summary>Each failure begins, a while after the other; what is left agrees; each ends; all agree.</summary>
    private static async Task PlayAsync(SimulatedCluster cluster, (Failure Kind, int Host)[] failures, int apart)
    {
        foreach ((Failure kind, int host) in failures)
        {
            Begin(cluster, kind, cluster.Hosts[host]);
            await cluster.PassAsync(TimeSpan.FromSeconds(1 + apart));
        }

        if (failures.All(failure => failure.Kind is Failure.Crash or Failure.Partition))
        {
            // Those that are left agree without those that are not.
            _ = await cluster.ConvergeAsync(Limit);
        }
        else if (failures.Any(failure => failure.Kind is Failure.Crash or Failure.Partition or Failure.StoreLost))
        {
            await cluster.PassAsync(SimulatedHost.Lease + TimeSpan.FromSeconds(10));
        }
        else
        {
            await cluster.PassAsync(TimeSpan.FromSeconds(3));
        }

        foreach ((Failure kind, int host) in failures)
        {
            End(cluster, kind, cluster.Hosts[host]);
        }

        _ = await cluster.ConvergeAsync(Limit);
    }

    private static void Begin(SimulatedCluster cluster, Failure kind, SimulatedHost host)
    {
        switch (kind)
        {
            case Failure.Crash:
                host.Crash();
                break;
            case Failure.Restart:
                host.Crash();
                host.Start();
                break;
            case Failure.Partition or Failure.Hiccup:
                host.Line.IsCut = true;
                break;
            default:
                Array.ForEach(cluster.Hosts, each => each.Line.IsCut = true);
                break;
        }
    }

    private static void End(SimulatedCluster cluster, Failure kind, SimulatedHost host)
    {
        switch (kind)
        {
            case Failure.Crash:
                host.Start();
                break;
            case Failure.Partition or Failure.Hiccup:
                host.Line.IsCut = false;
                break;
            case Failure.StoreLost or Failure.StoreElects:
                foreach (SimulatedHost each in cluster.Hosts.Where(each => each.IsRunning))
                {
                    each.Line.IsCut = false;
                }

                break;
            default:
                break;
        }
    }
}
