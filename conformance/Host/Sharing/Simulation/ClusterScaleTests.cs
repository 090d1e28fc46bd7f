using System.Globalization;
using System.Text;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>
/// How much a cluster asks of its store, and how that grows. <c>WEFT_GOLDEN=write</c> measures up to a hundred hosts and writes docs/scale.md; without it a small
/// cluster is held to the same rules.
/// </summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class ClusterScaleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(10, 1, 512)]
    [InlineData(20, 4, 512)]
    [InlineData(10, 4, 4096)]
    public async Task What_hosts_ask_of_the_store_grows_as_the_rules_say(int hosts, int segments, int flows)
    {
        Measured measured = await MeasureAsync(hosts, segments, flows);
        var rule = new Rule(hosts, segments, flows);
        // A claim of a block that another host was faster with comes on top, and a question is put again where nobody had an answer yet.
        Assert.InRange(measured.Start.Transactions, rule.Transactions, rule.Transactions * 1.5);
        Assert.Equal(rule.Leases, measured.Start.Leases);
        Assert.Equal(rule.KeepAlivesInAMinute, measured.Minute.KeepAlives, rule.KeepAlivesInAMinute * 0.35);
        // While nothing happens nothing is written and nothing is read.
        Assert.Equal((0, 0, 0), (measured.Minute.Transactions, measured.Minute.Leases, measured.Minute.Delivered));
        Assert.Equal(0, measured.Minute.Reads);
        // Who comes back tells of all its segments at once, and everybody is told.
        Assert.InRange(measured.Return.Delivered, (long)segments * (hosts - 1), (long)segments * hosts * 3);
    }

    [Fact]
    public async Task The_table_of_the_documentation_is_measured()
    {
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") != "write")
        {
            Assert.Contains("10,000", await File.ReadAllTextAsync(PathOfTable, TestContext.Current.CancellationToken), StringComparison.Ordinal);
            return;
        }

        List<Measured> rows = [];
        foreach ((int hosts, int segments, int flows) in ((int, int, int)[])[(10, 4, 512), (25, 4, 512), (50, 4, 512), (100, 4, 512), (100, 1, 512), (100, 16, 512), (100, 4, 2048), (100, 4, 8192)])
        {
            rows.Add(await MeasureAsync(hosts, segments, flows));
        }

        await File.WriteAllTextAsync(PathOfTable, Document(rows), TestContext.Current.CancellationToken);
    }

    private static string PathOfTable => Path.Combine(Repository.Root, "docs", "scale.md");

    private static async Task<Measured> MeasureAsync(int hosts, int segments, int flows)
    {
        await using var cluster = new SimulatedCluster(hosts, segments, flows);
        Array.ForEach(cluster.Hosts, host => host.Start());
        double seconds = await cluster.ConvergeAsync(Limit);
        StoreLoad start = cluster.Load.Copy();
        await cluster.PassAsync(TimeSpan.FromSeconds(60));
        StoreLoad minute = cluster.Load.Since(start);
        StoreLoad before = cluster.Load.Copy();
        SimulatedHost host = cluster.Hosts[hosts / 2];
        host.Crash();
        double agreed = await cluster.ConvergeAsync(Limit);
        StoreLoad crash = cluster.Load.Since(before);
        before = cluster.Load.Copy();
        host.Start();
        double back = await cluster.ConvergeAsync(Limit);
        return new Measured(hosts, segments, flows, seconds, start, minute, agreed, crash, back, cluster.Load.Since(before));
    }

    private static string Document(List<Measured> rows)
    {
        var text = new StringBuilder();
        text.Append("""
            # How far a cluster goes

            <!-- Made by ClusterScaleTests: WEFT_GOLDEN=write renews it. -->

            Hosts of a simulated cluster run the code by which a switch announces its tunnel endpoints, follows those of others and leases ports, against one
            store, on a clock of its own. Each segment is at twenty hosts, a block has 512 ports, a lease 30 s. `ClusterFailureTests` has a hundred of them agree
            again after single and double failures.

            ```console
            WEFT_GOLDEN=write dotnet test conformance --filter "FullyQualifiedName~ClusterScaleTests"
            WEFT_CLUSTER_STORIES=200 dotnet test conformance --filter "FullyQualifiedName~ClusterFailureTests"
            ```

            ## Measured

            *Transactions* and *leases* are what the members of etcd have to agree on. Keep-alives are answered by the leader and written nowhere. *Told* are changes of
            keys that hosts got by their watches.

            | hosts | segments | flows of a host | transactions until all agree | of a host | leases | keep-alives a second | told until all agree | while nothing happens | a host dies: told, agreed after | it comes back: transactions, told |
            |---|---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (Measured row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Hosts} | {row.Segments} | {row.Flows:N0} | {row.Start.Transactions:N0} | {row.Start.Transactions / (double)row.Hosts:F2} | {row.Start.Leases:N0} | {row.Minute.KeepAlives / 60.0:F1} | {row.Start.Delivered:N0} | {row.Minute.Transactions} transactions, {row.Minute.Reads} reads | {row.Crash.Delivered:N0}, {row.Agreed:F0} s | {row.Return.Transactions:N0}, {row.Return.Delivered:N0} |\n");
        }

        text.Append("""

            ## How it grows

            H hosts, each with S segments and F flows through leased ports of B in a block:

            | what | grows as | why |
            |---|---|---|
            | transactions when all start | H × (⌈S / 128⌉ + ⌈F / B⌉ + 2) | a host tells of all its segments in one; each block is one, two are always ready; lost races for a block come on top |
            | leases | 3 H | one for endpoints, two for blocks: ownership and quarantine. A second NAT has two of its own |
            | keep-alives a second | 9 H / 30 | three times in 30 s, the lease of the quarantine as often as the others: it must not be older than they are |
            | keys | H × (S + 2 (⌈F / B⌉ + 2)) | |
            | told when a host comes or goes | H × S | everybody hears of all virtual networks, those that it does not have as well |
            | told when all start | at most H² × S | the same for each host; less, because who starts later reads what was before it: measured 0.7 of it |
            | told to a gateway that learns owners | H × (⌈F / B⌉ + 2) when all start, then each block that changes hands | it hears of blocks, hosts do not |
            | nodes of bridge pairs | two keys a pair, for good | one watch of a host, silent unless a node moves |
            | for flows, segments and packets in between | nothing | blocks last; what machines do is never told |

            ## Extrapolated

            By these rules, with 30 s, 512 ports in a block and 2,048 flows:

            | hosts | segments of a host | keys | transactions when all start | keep-alives a second | told when one host comes | told when all start |
            |---|---|---|---|---|---|---|

            """);
        foreach ((int hosts, int segments) in ((int, int)[])[(100, 4), (1_000, 4), (1_000, 16), (10_000, 4), (10_000, 16)])
        {
            var rule = new Rule(hosts, segments, 2_048);
            text.Append(CultureInfo.InvariantCulture, $"| {hosts:N0} | {segments} | {rule.Keys:N0} | {rule.Transactions:N0} | {rule.KeepAlivesInAMinute / 60.0:N0} | {(long)hosts * segments:N0} | {(long)hosts * hosts * segments:N0} |\n");
        }

        text.Append("""

            What that means at 10,000 hosts:

            * **Writes are no bottleneck.** 70,000 transactions when a whole data centre starts are half a minute of an etcd that does two or three thousand a second, and nothing is
              written while nothing happens. Keep-alives never end: `leaseSeconds` of 60 halves their 3,000 a second.
            * **Watches are.** Each host is told of every endpoint of every virtual network. Hosts that start within minutes of each other cost hundreds of millions of changes, so
              start them in groups, or give rows of racks stores of their own.
            * **Switches are.** Each change of its own peers makes a switch build its tables anew; twenty hosts of a segment are nothing, ten thousand peers of
              one segment are ten thousand copies of each broadcast. A segment with thousands of hosts wants a routing protocol (BGP EVPN), not this.
            * **Addresses.** 10,000 hosts with 2,048 flows each have 60,000 blocks of 512 ports: 477 shared addresses.

            """);
        return text.ToString();
    }

    /// <summary>What was counted: until all agree, in a minute in which nothing happens, when a host has died, and when it is back.</summary>
    private sealed record Measured(int Hosts, int Segments, int Flows, double Seconds, StoreLoad Start, StoreLoad Minute, double Agreed, StoreLoad Crash, double Back, StoreLoad Return);

    /// <summary>The rules of the document.</summary>
    private sealed record Rule(int Hosts, int Segments, int Flows)
    {
        private long Blocks => ((Flows + 511) / 512) + 2;

        public long Transactions => Hosts * (((Segments + 127) / 128) + Blocks);

        public long Leases => 3L * Hosts;

        public long KeepAlivesInAMinute => Hosts * 3 * 6;

        public long Keys => Hosts * (Segments + (2 * Blocks));
    }
}
