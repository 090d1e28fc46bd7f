using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>Who owns what, where a store decides.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class StoreTests
{
    private const uint Acme = 1001;

    [Fact]
    public void A_store_that_answers_after_an_hour_takes_nothing_from_a_node_that_works()
    {
        var table = new OwnershipTable(4);
        using Pop pop = Running(node => new LateStore(table.Client(), node) { Lost = 0, Delay = 0 }, out int owner);
        Epoch epoch = pop.Nodes[owner].EpochOf(0);
        pop.Run(2000);
        Assert.Equal((owner, epoch), (pop.ActiveOf(0), pop.Nodes[owner].EpochOf(0)));
        Assert.Equal(epoch, table[0]);
    }

    [Fact]
    public void Nobody_takes_over_before_a_slow_store_has_said_so_and_somebody_does_then()
    {
        var table = new OwnershipTable(4);
        using Pop pop = Running(node => new LateStore(table.Client(), node) { Lost = 0, Delay = 200 }, out int owner);
        pop.Kill(owner);
        Epoch before = table[0];
        for (int i = 0; i < 1000 && pop.ActiveOf(0) < 0; i++)
        {
            _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
            pop.Run(1);
            Assert.True(pop.ActiveOf(0) < 0 || table[0] > before);
        }

        int next = pop.ActiveOf(0);
        Assert.NotEqual(owner, next);
        Assert.Equal(pop.Nodes[next].EpochOf(0), table[0]);
    }

    [Fact]
    public void An_older_revision_after_a_connection_to_another_member_changes_nothing()
    {
        Queue<OwnershipGrant>[] answers = [.. Enumerable.Range(0, 3).Select(_ => new Queue<OwnershipGrant>())];
        var table = new OwnershipTable(4);
        using Pop pop = Running(node => new Injected(table.Client(), answers[node]), out int owner);
        Epoch epoch = pop.Nodes[owner].EpochOf(0);
        foreach (uint older in (uint[])[0, 1, epoch.Value - 0x100, epoch.Value])
        {
            for (int node = 0; node < 3; node++)
            {
                answers[node].Enqueue(new OwnershipGrant(0, new Epoch(older)));
                pop.Nodes[node].Advance(pop.Now);
                Assert.Empty(answers[node]);
            }
        }

        Assert.Equal((owner, epoch), (pop.ActiveOf(0), pop.Nodes[owner].EpochOf(0)));
        pop.Run(100);
        Assert.Equal((owner, epoch), (pop.ActiveOf(0), pop.Nodes[owner].EpochOf(0)));
    }

    [Fact]
    public void A_later_owner_that_the_store_names_ends_the_earlier_one_at_once()
    {
        var answers = new Queue<OwnershipGrant>();
        var table = new OwnershipTable(4);
        using Pop pop = Running(node => new Injected(table.Client(), answers), out int owner);
        answers.Enqueue(new OwnershipGrant(0, pop.Nodes[owner].EpochOf(0).Next((owner + 1) % 3)));
        for (int i = 0; i < 20 && answers.Count > 0; i++)
        {
            pop.Nodes[owner].Advance(pop.Now);
        }

        Assert.Equal(BundleRole.Standby, pop.Nodes[owner].RoleOf(0));
    }

    [Fact]
    public void A_drain_is_written_in_the_store_before_the_bundle_goes_and_no_packet_is_lost_meanwhile()
    {
        var table = new OwnershipTable(4);
        using Pop pop = Running(node => new LateStore(table.Client(), node) { Lost = 0, Delay = 20 }, out int owner);
        pop.Run(20);
        int arrived = 0;
        pop.OnUplink = (_, _, _) => arrived++;
        pop.Nodes[owner].Drain();
        for (int i = 0; i < 300; i++)
        {
            _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
            pop.Run(1);
            Assert.True(pop.ActiveOf(0) != owner || pop.Nodes[owner].RoleOf(0) == BundleRole.Active);
        }

        pop.Run(10);
        int next = pop.ActiveOf(0);
        Assert.NotEqual(owner, next);
        Assert.Equal(table[0], pop.Nodes[next].EpochOf(0));
        Assert.Equal(300, arrived);
    }

    [Fact]
    public void A_promised_bundle_whose_next_owner_dies_goes_to_another_one()
    {
        var table = new OwnershipTable(4);
        using Pop pop = Running(node => new LateStore(table.Client(), node) { Lost = 0, Delay = 5 }, out int owner);
        pop.Nodes[owner].Drain();
        int backup = pop.Nodes[owner].BackupOf(0);
        for (int i = 0; i < 100 && table[0].Node != backup; i++)
        {
            pop.Run(1);
        }

        pop.Kill(backup);
        for (int i = 0; i < 3000 && (pop.ActiveOf(0) < 0 || pop.ActiveOf(0) == owner); i++)
        {
            _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
            pop.Run(1);
        }

        int next = pop.ActiveOf(0);
        Assert.DoesNotContain(next, (int[])[-1, owner, backup]);
        Assert.Equal(table[0], pop.Nodes[next].EpochOf(0));
    }

    [Fact]
    public void Who_does_not_know_what_the_store_knows_gets_nothing()
    {
        var table = new OwnershipTable(4);
        IOwnershipStore one = table.Client();
        IOwnershipStore other = table.Client();
        Epoch first = Epoch.None.Next(0);
        one.Request(0, Epoch.None, first, default);
        Assert.Equal(first, table[0]);
        other.Request(0, Epoch.None, Epoch.None.Next(1), default);
        Assert.Equal(first, table[0]);
        other.Request(0, first, first, default);
        Assert.Equal(first, table[0]);

        // An owner went on by itself for two terms, and whoever follows it knows that.
        Epoch later = first.Next(0).Next(0).Next(1);
        other.Request(0, first.Next(0).Next(0), later, default);
        Assert.Equal(later, table[0]);
    }

    private static Pop Running(Func<int, IOwnershipStore> store, out int owner)
    {
        var pop = new Pop(2, 3, [Make(Acme)], adjust: (node, options) => options with { Store = store(node) });
        for (int i = 0; i < 3000 && (pop.ActiveOf(0) < 0 || !pop.Nodes[pop.ActiveOf(0)].IsInSync(0)); i++)
        {
            _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
            pop.Run(1);
        }

        owner = pop.ActiveOf(0);
        Assert.True(owner >= 0 && pop.Nodes[owner].IsInSync(0));
        return pop;
    }

    private sealed class Injected(IOwnershipStore inner, Queue<OwnershipGrant> answers) : IOwnershipStore
    {
        public void Request(int bundle, Epoch expected, Epoch next, Timestamp now) => inner.Request(bundle, expected, next, now);

        public bool TryTake(out OwnershipGrant grant) => inner.TryTake(out grant) || answers.TryDequeue(out grant);
    }
}
