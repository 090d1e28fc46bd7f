using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>Old and new services side by side on the same packets.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class DifferentialReplayTests
{
    [Fact]
    public void The_same_services_agree_about_everything()
    {
        using ServiceSet before = Make(FirewallAction.Reject), after = Make(FirewallAction.Reject);
        var replay = new DifferentialReplay(before, after);
        foreach (byte[] frame in Frames())
        {
            Assert.True(replay.Process(frame, ServiceDirection.FromMachine, Start));
        }

        Assert.Equal((40, 0), (replay.Packets, replay.Diverged));
    }

    [Fact]
    public void A_packet_that_only_one_refuses_and_one_that_only_one_answers_are_named()
    {
        using ServiceSet before = Make(FirewallAction.Reject), open = Make(FirewallAction.Allow), silent = Make(FirewallAction.Drop);
        var opened = new DifferentialReplay(before, open, most: 3);
        foreach (byte[] frame in Frames())
        {
            _ = opened.Process(frame, ServiceDirection.FromMachine, Start);
        }

        Assert.Equal((20, 3), (opened.Diverged, opened.Found.Count));
        Assert.Equal((1, ServiceAction.Drop, ServiceAction.Forward), (opened.Found[0].Number, opened.Found[0].Before.Action, opened.Found[0].After.Action));
        Assert.Equal(Frames().ElementAt(1), opened.Found[0].BytesAfter.ToArray());

        using ServiceSet again = Make(FirewallAction.Reject);
        var answered = new DifferentialReplay(again, silent);
        Assert.False(answered.Process(Tcp(Machine, 1, Remote, 80, TcpFlags.Syn, 1), ServiceDirection.FromMachine, Start));
    }

    /// <summary>UDP and TCP by turns.</summary>
    private static IEnumerable<byte[]> Frames() => Enumerable.Range(1, 40).Select(i => i % 2 == 1 ? Udp(Machine, (ushort)i, Remote, 53) : Tcp(Machine, (ushort)i, Remote, 80, TcpFlags.Syn, 1));

    private static ServiceSet Make(FirewallAction otherwise)
    {
        var catalog = new ServiceCatalog();
        var rule = new FirewallRule { Name = "udp", Action = FirewallAction.Allow, Protocol = IpProtocol.Udp };
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy([rule], otherwise)));
        return new ServiceSet(Options("firewall"), catalog);
    }
}
