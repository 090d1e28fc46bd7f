using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>The size that one node is made for.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ScaleTests
{
    private const int Segments = 4096;
    private const int FlowsEach = 256;

    /// <summary>What the README states, with a public endpoint of its own for each flow.</summary>
    private const int BytesPerFlow = 200;

    [Fact]
    public void Four_thousand_segments_and_a_million_flows_fit_in_the_stated_memory()
    {
        PopOptions pop = Pop.Base(2, 1) with { Bundles = 256 };
        using var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = 0, Incarnation = 1, Segments = Segments, Flows = Segments * FlowsEach, Start = Pop.Start });
        node.Configure([.. Enumerable.Range(1, Segments).Select(vni => Make((uint)vni) with { Bundle = vni % 256, PublicAddresses = [new IPv4Address(0xC633_6400u + (uint)vni)] })]);
        for (int bundle = 0; bundle < 256; bundle++)
        {
            Assert.True(node.TryActivate(bundle, Epoch.None.Next(0)));
        }

        byte[] packet = TunnelPackets.Geneve(pop, 0, 1, Udp(Site, 1, Remote, 53, checksum: false));
        byte[] buffer = new byte[128 + packet.Length];
        int left = 0;
        for (int vni = 1; vni <= Segments; vni++)
        {
            (packet[28 + 5], packet[28 + 6]) = ((byte)(vni >> 8), (byte)vni);
            for (int port = 1; port <= FlowsEach; port++)
            {
                (packet[^20], packet[^19]) = ((byte)(port >> 8), (byte)port);
                packet.CopyTo(buffer, 128);
                left += node.FromTunnel(buffer, 128, packet.Length, TunnelPackets.Now).Action == SaseAction.ToUplink ? 1 : 0;
            }
        }

        Assert.Equal(Segments * FlowsEach, left);
        Assert.Equal((left, left, Segments), (node.FlowCount, node.BindingCount, node.SegmentCount));
        Assert.Equal(FlowsEach, node.FlowsOf(77));
        Assert.InRange(node.MemoryBytes / left, 1, BytesPerFlow);
    }

    [Fact]
    public void Ten_thousand_segments_of_a_node_that_dies_move_by_a_question_a_bundle_for_sixty_four_gateways()
    {
        const int Segments = 10_000;
        const int Bundles = 256;
        var table = new OwnershipTable(Bundles);
        SegmentOptions[] segments = [.. Enumerable.Range(1, Segments).Select(vni => new SegmentOptions { Vni = (uint)vni, Bundle = vni % Bundles })];
        var asked = new List<int>();
        PopOptions options = Pop.Base(64, 16) with { Bundles = Bundles, AnnounceInterval = TimeSpan.FromMilliseconds(50) };
        using var pop = new Pop(64, 16, segments, options: options, adjust: (_, made) => made with { Segments = Segments, Flows = 64, Store = new Counted(table.Client(), asked) });
        pop.Run(500);
        Assert.DoesNotContain(Enumerable.Range(0, Bundles), bundle => pop.ActiveOf(bundle) < 0);
        int victim = pop.ActiveOf(0);
        int[] its = [.. Enumerable.Range(0, Bundles).Where(bundle => pop.ActiveOf(bundle) == victim)];
        asked.Clear();
        pop.Kill(victim);
        pop.Run(200);
        Assert.All(its, bundle => Assert.NotEqual(victim, pop.ActiveOf(bundle)));
        Assert.DoesNotContain(Enumerable.Range(0, Bundles), bundle => pop.ActiveOf(bundle) < 0);
        Assert.All(pop.Gateways, gateway => Assert.All(its, bundle => Assert.Equal(pop.ActiveOf(bundle), gateway.TargetOf(bundle))));

        // Each of them once: however many tenants there are, and however many gateways ask.
        Assert.Equal(its, asked.Order());
    }

    private sealed class Counted(IOwnershipStore inner, List<int> asked) : IOwnershipStore
    {
        public void Request(int bundle, Epoch expected, Epoch next, Timestamp now)
        {
            asked.Add(bundle);
            inner.Request(bundle, expected, next, now);
        }

        public bool TryTake(out OwnershipGrant grant) => inner.TryTake(out grant);
    }
}
