using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>The port solver against an exhaustive search with the whole hash.</summary>
public sealed class RssPortSolverTests
{
    private const ushort EspPort = 4500;
    private static readonly IPv4Address Here = IPv4Address.Parse("192.0.2.1");
    private static readonly IPv4Address There = IPv4Address.Parse("192.0.2.2");

    [Theory, Trait(Kind.Key, Kind.Property)]
    [InlineData(128, 8)]
    [InlineData(512, 16)]
    [InlineData(2048, 64)]
    [InlineData(1, 1)]
    public void Every_queue_is_reachable_from_the_dynamic_range(int entries, int queues)
    {
        var table = RssIndirectionTable.RoundRobin(entries, queues);
        for (int queue = 0; queue < queues; queue++)
        {
            Assert.True(RssPortSolver.TrySolve(
                ToeplitzKey.Microsoft, table, Here, There, EspPort, queue, RssPortSolver.DynamicPortMin, RssPortSolver.DynamicPortMax, 7, out ushort port));
            Assert.InRange(port, RssPortSolver.DynamicPortMin, RssPortSolver.DynamicPortMax);
            Assert.Equal(queue, table.QueueOf(ToeplitzKey.Microsoft.Hash(Here, There, port, EspPort)));
        }
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void It_finds_a_port_exactly_when_one_exists()
    {
        var cases = Arb.From(
            from source in Gen.Choose(int.MinValue, int.MaxValue)
            from first in Gen.Choose(0, 65535)
            from width in Gen.Choose(0, 40)
            from queue in Gen.Choose(0, 15)
            from salt in Gen.Choose(0, int.MaxValue)
            select (source, first, last: Math.Min(65535, first + width), queue, salt));
        var table = RssIndirectionTable.RoundRobin(128, 16);
        Prop.ForAll(cases, c =>
        {
            var source = new IPv4Address((uint)c.source);
            bool exists = false;
            for (int port = c.first; port <= c.last; port++)
            {
                exists |= table.QueueOf(ToeplitzKey.Microsoft.Hash(source, There, (ushort)port, EspPort)) == c.queue;
            }

            bool found = RssPortSolver.TrySolve(
                ToeplitzKey.Microsoft, table, source, There, EspPort, c.queue, (ushort)c.first, (ushort)c.last, (uint)c.salt, out ushort solved);
            Assert.Equal(exists, found);
            if (found)
            {
                Assert.InRange(solved, c.first, c.last);
                Assert.Equal(c.queue, table.QueueOf(ToeplitzKey.Microsoft.Hash(source, There, solved, EspPort)));
            }
        }).Check(Chance.Of(1000));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void IPv6_tunnels_are_steered_too()
    {
        var table = RssIndirectionTable.RoundRobin(512, 8);
        var from = IPv6Address.Parse("2001:db8::1");
        var to = IPv6Address.Parse("2001:db8::2");
        for (int queue = 0; queue < 8; queue++)
        {
            Assert.True(RssPortSolver.TrySolve(ToeplitzKey.Microsoft, table, from, to, EspPort, queue, 49152, 65535, 0, out ushort port));
            Assert.Equal(queue, table.QueueOf(ToeplitzKey.Microsoft.Hash(from, to, port, EspPort)));
        }
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Different_salts_give_one_queue_different_ports()
    {
        var table = RssIndirectionTable.RoundRobin(128, 8);
        var ports = new HashSet<ushort>();
        for (uint salt = 0; salt < 16; salt++)
        {
            Assert.True(RssPortSolver.TrySolve(ToeplitzKey.Microsoft, table, Here, There, EspPort, 3, 49152, 65535, salt * 997, out ushort port));
            ports.Add(port);
        }

        Assert.True(ports.Count > 8, $"16 salts gave only {ports.Count} ports");
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_queue_that_the_table_does_not_name_is_not_found()
    {
        var table = RssIndirectionTable.RoundRobin(128, 8);
        Assert.False(RssPortSolver.TrySolve(ToeplitzKey.Microsoft, table, Here, There, EspPort, 8, 0, 65535, 0, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => RssPortSolver.TrySolve(ToeplitzKey.Microsoft, table, Here, There, EspPort, 1, 9, 8, 0, out _));
        Assert.Throws<ArgumentException>(() => new RssIndirectionTable(new ushort[100]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RssIndirectionTable.RoundRobin(8, 9));
    }
}
