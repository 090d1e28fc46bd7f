using System.Globalization;
using Weft.Conformance.Support;
using Weft.Host.Observe;
using Weft.Sase;
using static Weft.Conformance.HostTests.SaseLab;

namespace Weft.Conformance.HostTests;

/// <summary>
/// A point of presence of five processes under the traffic of real clients and servers. <c>WEFT_SASE_MEASURE=20</c> measures so many failovers
/// of each kind with BFD at 10 ms instead of testing a few at a leisurely pace.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class SaseLiveTests
{
    /// <summary>So slow that a busy machine does not lose sessions by itself.</summary>
    private const int Leisurely = 300;

    /// <summary>So slow that a process which dies is long back before anybody would miss it.</summary>
    private const int Unhurried = 2000;

    [Fact]
    public void Eight_tenants_with_the_same_addresses_have_their_own_policies_and_public_addresses()
    {
        LiveRequirements.Need("ping", "iperf3", Python);
        using var lab = new SaseLab(Leisurely);
        lab.Start();
        for (int tenant = 1; tenant <= Tenants; tenant++)
        {
            Assert.StartsWith(PublicOf(tenant) + ":", Ask(lab.Sites[tenant]), StringComparison.Ordinal);
            Assert.Equal(tenant is not (2 or 3), Browses(lab, tenant));
        }

        Assert.Contains(Enumerable.Range(0, Nodes), node => lab.DropsOf(Gateways + node).Any(drop => drop.Reason == "sase-policy" && drop.Packets > 0));

        // From site to site, through the node, under the tenant's own addresses; and not to another tenant's.
        Assert.True(Wait.Until(() => lab.Sites[1].Run("ping", "-c", "1", "-W", "2", Far).Succeeded, Patience), lab.Logs());
        Assert.False(lab.Sites[3].Run("ping", "-c", "1", "-W", "2", Far).Succeeded);

        using RunningCommand server = lab.Internet.Start("iperf3", "-s", "-B", Server);
        Assert.True(Wait.Until(() => lab.Sites[1].Run(TimeSpan.FromSeconds(30), "iperf3", "-c", Server, "-t", "1").Succeeded, Patience), "iperf3 gets nothing through");
    }

    [Theory]
    [InlineData("kill")]
    [InlineData("stop")]
    [InlineData("partition")]
    [InlineData("drain")]
    [InlineData("restart")]
    public void Connections_established_and_half_open_keep_their_public_endpoints_when_a_node_fails(string how)
    {
        LiveRequirements.Need("kill", "nft", Python);
        using var lab = new SaseLab(how == "restart" ? Unhurried : Leisurely);
        lab.Start();
        lab.Internet.Run("nft", "add", "table", "ip", "quiet").Required();
        lab.Internet.Run("nft", "add", "chain", "ip", "quiet", "in", "{ type filter hook input priority 0 ; }").Required();
        lab.Internet.Run("nft", "add", "rule", "ip", "quiet", "in", "tcp", "dport", "7081", "drop").Required();
        RunningCommand[] talkers = [.. Enumerable.Range(1, Tenants).Where(tenant => tenant != 3).Select(tenant => lab.Sites[tenant].Start(Python, "-u", "-c", SaseTraffic.Talker, Server))];
        using RunningCommand listener = lab.Internet.Start(Python, "-u", "-c", SaseTraffic.Listener);
        Assert.True(listener.WaitForOutput("listening", Patience), listener.Error);
        using RunningCommand opener = lab.Sites[1].Start(Python, "-u", "-c", SaseTraffic.Opener, Server);
        try
        {
            Assert.All(talkers, talker => Assert.True(talker.WaitForOutput("said 20", Patience), talker.Output + talker.Error));
            Assert.True(listener.WaitForOutput("syn", Patience), opener.Output + opener.Error);
            int owner = lab.OwnerOf(1);
            Epoch epoch = EpochOf(lab, Gateways + owner);
            Fail(lab, owner, how);
            int[] before = [.. talkers.Select(Said)];
            Assert.True(Wait.Until(() => lab.OwnerOf(1) != owner, Patience), $"nobody took over: {lab.Logs()}");
            Assert.True(Wait.Until(() => talkers.Zip(before).All(pair => Said(pair.First) >= pair.Second + 50), Patience, () => talkers.Any(talker => talker.HasExited)), string.Join('\n', talkers.Select(Last)) + lab.Logs());
            int syns = Lines(listener, "syn").Count;
            Assert.True(Wait.Until(() => Lines(listener, "syn").Count > syns, Patience, () => opener.HasExited), opener.Output);
            Mend(lab, owner, how);

            // Who was replaced hears of it; that it does nothing any more, those see who talk.
            Assert.True(how == "kill" || Wait.Until(() => EpochOf(lab, Gateways + owner) > epoch, Patience), lab.Logs());
            before = [.. talkers.Select(Said)];
            Assert.True(Wait.Until(() => talkers.Zip(before).All(pair => Said(pair.First) >= pair.Second + 50), Patience, () => talkers.Any(talker => talker.HasExited)), string.Join('\n', talkers.Select(Last)));
            Assert.All(talkers, talker => Assert.Single(Endpoints(talker)));
            Assert.Single(Lines(listener, "syn").Distinct());
            Assert.Equal(talkers.Length, talkers.SelectMany(Endpoints).Distinct().Count());
        }
        finally
        {
            Array.ForEach(talkers, talker => talker.Dispose());
        }
    }

    [Fact]
    public void Rfc8300_what_a_gateway_and_a_node_send_each_other_is_what_tshark_understands_by_it()
    {
        LiveRequirements.Need("tcpdump", Python);
        Tshark.Need();
        using var lab = new SaseLab(Leisurely, encapsulation: "nsh");
        lab.StartPair();
        string capture = Path.GetTempFileName();
        try
        {
            using RunningCommand watch = lab.Watch(capture, packets: 8, "udp port 4790");
            Assert.True(Wait.Until(() => Ask(lab.Sites[1]) is null || watch.HasExited, Patience), lab.Logs() + watch.Error);
            Assert.Equal("", Tshark.Filter(capture, "ip.checksum.status == 0"));
            IReadOnlyList<string[]> frames = Tshark.Fields(capture, "nsh", "ip.src", "ip.dst", "vxlan.next_proto", "vxlan.vni", "nsh.version", "nsh.Obit", "nsh.mdtype", "nsh.length", "nsh.nextproto", "nsh.spi", "nsh.ttl", "nsh.si", "udp.dstport");
            Assert.Equal(8, frames.Count);
            Assert.All(frames, frame => Assert.Equal(["4", "1001", "0", "0", "1", "6", "3", "1001"], frame[2..10]));

            // Out with all hops and the first index; back after the one service of the path.
            foreach (string[] frame in frames)
            {
                string[] wanted = frame[0].StartsWith("10.99.0.1,", StringComparison.Ordinal)
                    ? ["10.99.0.1," + Near, "10.99.0.11," + Server, "0x003f", "255", "4790,5353"]
                    : ["10.99.0.11," + Server, "10.99.0.1," + Near, "0x003f", "254"];
                Assert.Equal(wanted, ((string[])[frame[0], frame[1], .. frame[10..]])[..wanted.Length]);
            }

            Assert.Contains(frames, frame => frame[11] == "255");
            Assert.Contains(frames, frame => frame[11] == "254");
        }
        finally
        {
            File.Delete(capture);
        }
    }

    [Fact]
    public void The_gap_of_a_failover_is_measured_where_somebody_asks_for_it()
    {
        LiveRequirements.Need("kill", Python);
        int rounds = int.Parse(Environment.GetEnvironmentVariable("WEFT_SASE_MEASURE") ?? "0", CultureInfo.InvariantCulture);
        using var lab = new SaseLab(rounds > 0 ? 10 : Leisurely);
        lab.Start();
        foreach (string how in (string[])["kill", "stop", "partition", "drain"])
        {
            var gaps = new List<double>();
            for (int round = 0; round < Math.Max(1, rounds); round++)
            {
                gaps.Add(Measure(lab, how, isTest: rounds == 0));
            }

            Tell(how, gaps);
        }

        if (rounds > 0 && File.Exists("/usr/lib/frr/bgpd"))
        {
            using var frr = new FrrPop(10);
            Tell("FRR, BFD and BGP, a node cut off", [.. Enumerable.Range(0, rounds).Select(_ => frr.Measure())]);
        }
    }

    [Fact]
    public void A_node_and_FRRs_bfdd_watch_each_other()
    {
        LiveRequirements.Need("ip");
        FrrDaemons.Need("zebra", "bfdd");
        using var lab = new SaseLab(Leisurely);
        using var frr = new FrrDaemons(lab.TakePlaceOf(1), ("bfdd", $"""
            bfd
             peer 10.99.0.11 interface u0
              detect-multiplier 3
              receive-interval {Leisurely}
              transmit-interval {Leisurely}
              no shutdown
            """));
        lab.Launch(Gateways);
        Assert.True(Wait.Until(() => StateOf(lab, "10.99.0.2") == "up", Patience), $"{StateOf(lab, "10.99.0.2")} {frr.Log} {lab.Logs()}");
        frr.End("bfdd");
        Assert.True(Wait.Until(() => StateOf(lab, "10.99.0.2") == "down", Patience), StateOf(lab, "10.99.0.2"));
    }

    /// <summary>The epoch of the first tenant's bundle as a member knows it; none if it does not answer.</summary>
    private static Epoch EpochOf(SaseLab lab, int member) => lab.Show(member)?.Bundles.Single(bundle => bundle.Bundle == 1).Epoch.Split('.') is [string term, string node]
        ? new Epoch((uint.Parse(term, CultureInfo.InvariantCulture) << 8) | uint.Parse(node, CultureInfo.InvariantCulture))
        : Epoch.None;

    private static string? StateOf(SaseLab lab, string member) => lab.Show(Gateways)?.Members.Single(known => known.Address == member).Bfd;

    private static void Tell(string how, List<double> gaps)
    {
        gaps.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"{how}: gap p50 {gaps[gaps.Count / 2]} ms, max {gaps[^1]} ms, of {gaps.Count}");
    }

    private static double Measure(SaseLab lab, string how, bool isTest)
    {
        int owner = lab.OwnerOf(1);
        using RunningCommand probe = lab.Sites[1].Start(Python, "-u", "-c", SaseTraffic.Probe, Server, isTest ? "8" : "3");
        Assert.True(probe.WaitForOutput("probing", Patience), probe.Error);
        Thread.Sleep(1000);
        DateTimeOffset failed = DateTimeOffset.UtcNow;
        Fail(lab, owner, how);
        // The end of the program, and not its line: what it printed last is there only then.
        CommandResult ended = probe.WaitForExit(Patience);
        string[] result = (ended.Output.Split('\n').FirstOrDefault(line => line.StartsWith("result ", StringComparison.Ordinal)) ?? ended.ToString()).Trim().Split(' ');
        Assert.True(result.Length == 5, $"{how}: more than one endpoint, or none: {string.Join(' ', result)} {lab.Logs()}");
        if (!isTest)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{how}: gap {result[3]} ms; {Steps(lab, owner, failed)}");
        }

        Mend(lab, owner, how);
        if (how == "kill")
        {
            lab.Launch(Gateways + owner);
        }
        else if (how == "drain")
        {
            Weft.Host.Control.ControlClient.DrainSaseAsync(lab.SocketOf(Gateways + owner), back: true).GetAwaiter().GetResult();
        }

        Assert.True(Wait.Until(() => Enumerable.Range(0, Nodes).All(node => lab.Show(Gateways + node) is SaseSnapshot shown && shown.Members.All(member => member.Bfd == "up")
            && shown.Bundles.All(bundle => bundle.Role != "suspended" && (bundle.Role != "active" || bundle.InSync))), Patience), lab.Logs());
        return double.Parse(result[3], CultureInfo.InvariantCulture);
    }

    /// <summary>What the others said of it, and how long after the failure.</summary>
    private static string Steps(SaseLab lab, int failed, DateTimeOffset at) => string.Join(", ", Enumerable.Range(0, Gateways + Nodes).Where(member => member != Gateways + failed)
        .SelectMany(member => Weft.Host.Control.ControlClient.EventsAsync(lab.SocketOf(member)).GetAwaiter().GetResult().Events.Select(happened => (member, happened)))
        .Where(entry => entry.happened.Source == "sase" && entry.happened.Time is { } time && time > at && time < at + TimeSpan.FromSeconds(0.3))
        .OrderBy(entry => entry.happened.Time)
        .Select(entry => $"{entry.member} {entry.happened.Name} +{(entry.happened.Time!.Value - at).TotalMilliseconds:f0}"));

    private static void Fail(SaseLab lab, int node, string how)
    {
        switch (how)
        {
            case "kill":
                lab.Kill(node);
                break;
            case "restart":
                lab.Kill(node);
                lab.Launch(Gateways + node);
                break;
            case "stop":
                Command.Run("kill", "-STOP", $"{lab.ProcessOf(node)}").Required();
                break;
            case "partition":
                lab.Cut(node, cut: true);
                break;
            default:
                lab.Drain(node);
                break;
        }
    }

    private static void Mend(SaseLab lab, int node, string how)
    {
        switch (how)
        {
            case "stop":
                Command.Run("kill", "-CONT", $"{lab.ProcessOf(node)}").Required();
                break;
            case "partition":
                lab.Cut(node, cut: false);
                break;
            default:
                break;
        }
    }

    private static bool Browses(SaseLab lab, int tenant) => lab.Sites[tenant]
        .Run(TimeSpan.FromSeconds(30), Python, "-c", $"import urllib.request as u; print(u.urlopen('http://{Server}/hello', timeout={(tenant is 2 or 3 ? 3 : 20)}).read())").Output.Contains("hello", StringComparison.Ordinal);

    private static int Said(RunningCommand talker) => Lines(talker, "said") is [.., string last] ? int.Parse(last.Split(' ')[1], CultureInfo.InvariantCulture) : 0;

    private static string Last(RunningCommand talker) => $"{talker.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()} {talker.Error}";

    private static IEnumerable<string> Endpoints(RunningCommand talker) => Lines(talker, "said").Select(line => line.Split(' ')[2]).Distinct();

    private static List<string> Lines(RunningCommand running, string word) => [.. running.Output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith(word + " ", StringComparison.Ordinal))];
}
