using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Two processes, a kernel's overlay and Open vSwitch's VLAN, and everything that can happen to the node that forwards. Outages are
/// printed, not judged: set WEFT_FAILOVER_RUNS to measure many and read the median.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class FailoverLiveTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly MacAddress OtherMachine = MacAddress.Parse("02:00:00:00:c1:09");
    private static readonly int? Wanted = int.TryParse(Environment.GetEnvironmentVariable("WEFT_FAILOVER_RUNS"), out int runs) ? runs : null;
    private static readonly int Runs = Wanted ?? 1;

    /// <summary>Part of the name of the faults that are wanted; empty for all.</summary>
    private static readonly string Only = Environment.GetEnvironmentVariable("WEFT_FAILOVER_FAULT") ?? "";

    /// <summary>Runs that a busy machine may disturb for each that counts.</summary>
    private const int MostDisturbed = 3;

    /// <summary>
    /// At 3 x 10 ms a node that was not scheduled for 20 ms fences itself, as it must: on a machine that does other work meanwhile, that
    /// is no failure to report. Whoever wants the figures asks for them.
    /// </summary>
    [Fact]
    public void Whatever_happens_to_the_active_node_the_stream_goes_on_nothing_loops_and_nothing_comes_twice_at_3_x_10_ms()
    {
        Assert.SkipWhen(Wanted is null, "needs a quiet machine for 10 ms timers: set WEFT_FAILOVER_RUNS to measure");
        SufferAll(bfdMilliseconds: 10);
    }

    [Fact]
    public void Whatever_happens_to_the_active_node_the_stream_goes_on_nothing_loops_and_nothing_comes_twice_at_3_x_50_ms() => SufferAll(bfdMilliseconds: 50);

    [Fact]
    public void A_VLAN_cut_where_nobody_speaks_moves_nothing_and_heals_without_a_copy()
    {
        using var lab = new FailoverLab(50);
        lab.Start(0);
        lab.Start(1);
        int active = lab.AwaitPair();
        Announce(lab, active);
        using var flooded = new NumberedStream(lab.Host, lab.Silent, "10.1.0.255", port: 5001);
        Assert.True(flooded.Flows(200, Patience), lab.Story());
        lab.SetVlanPath(active, connected: false);
        Assert.True(Wait.Until(() => lab.Show(0) is { VlanPath: "down" } && lab.Show(1) is { VlanPath: "down" }, Patience), lab.Story());
        // Which of the two is cut off neither can tell: both say so, and the one that forwards goes on.
        lab.Await(active, "active");
        lab.Await(1 - active, "standby");
        _ = flooded.Take();
        lab.SetVlanPath(active, connected: true);
        Assert.True(flooded.Flows(500, Patience), lab.Story());
        _ = lab.AwaitPair();
        Assert.True(flooded.Flows(500, Patience), lab.Story());
        Assert.Equal(0, flooded.Take().Duplicates);
    }

    private void SufferAll(int bfdMilliseconds)
    {
        using var lab = new FailoverLab(bfdMilliseconds, hasWeftHost: true);
        lab.Start(0);
        lab.Start(1);
        int first = lab.AwaitPair();
        using var stream = new NumberedStream(lab.Host, lab.Silent, "10.1.0.2");
        // What is flooded shows at once whether two nodes forward.
        using var flooded = new NumberedStream(lab.Host, lab.Silent, "10.1.0.255", port: 5001);
        using var ofWeft = new NumberedStream(lab.WeftMachine!, lab.Silent, "10.1.0.2", port: 5002);
        Announce(lab, first);
        output.WriteLine($"BFD 3 x {bfdMilliseconds} ms, {Runs} runs: outage of a 1 kHz stream from a kernel's overlay host, and from one that is a weft, in ms");
        foreach (FailoverFault fault in FailoverFault.All.Where(fault => fault.Name.Contains(Only, StringComparison.OrdinalIgnoreCase)))
        {
            var outages = new List<(double Kernel, double Weft)>();
            int disturbed = 0;
            while (outages.Count < Runs)
            {
                int fences = lab.Fences();
                try
                {
                    outages.Add(Suffer(lab, stream, flooded, ofWeft, fault));
                }
                catch (Xunit.Sdk.XunitException) when (lab.Fences() - fences > fault.Fences && ++disturbed <= MostDisturbed * Runs)
                {
                    // The machine did not let a node run for as long as the other one waits, so it fenced itself, as it must: no run to judge.
                    lab.Repair();
                    Announce(lab, lab.AwaitPair());
                }
            }

            Print(fault.Name, [.. outages.Select(outage => outage.Kernel)], $"; weft {Middle([.. outages.Select(outage => outage.Weft)])}; runs that the machine disturbed: {disturbed}");
        }
    }

    /// <summary>The same network with keepalived's VRRP, kernel bridges and the same announcements, to compare with.</summary>
    [Fact]
    public void Keepalived_in_the_same_place_takes_this_long()
    {
        using var lab = new KeepalivedLab();
        using var stream = new NumberedStream(lab.Lab.Host, lab.Lab.Silent, "10.1.0.2");
        var outages = new List<double>();
        for (int run = 0; run < Runs; run++)
        {
            int active = lab.AwaitMaster();
            Announce(lab.Lab, active);
            Assert.True(stream.Flows(500, Patience), $"the stream flows through the master: {lab.Describe()}");
            _ = stream.Take();
            lab.Kill(active);
            Thread.Sleep(100);
            Assert.True(stream.Flows(500, Patience), $"the stream flows again: {lab.Describe()}");
            (double outage, int duplicates, _) = stream.Take();
            Assert.Equal(0, duplicates);
            outages.Add(outage);
            lab.Start(active);
        }

        Print("keepalived, VRRP every 0.1 s, process and bridge killed", outages, "");
    }

    /// <summary>A word from the silent machine to all, until it is known everywhere; then never again.</summary>
    private static void Announce(FailoverLab lab, int active)
    {
        using Socket socket = lab.Silent.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true });
        bool isKnown = Wait.Until(
            () =>
            {
                _ = socket.SendTo([1], new IPEndPoint(IPAddress.Parse("10.1.0.255"), 9));
                return IsKnownBehind(lab, $"192.0.2.{active + 1}");
            },
            Patience);
        Assert.True(isKnown, lab.SwitchTable());
    }

    private static bool IsKnownBehind(FailoverLab lab, string endpoint) =>
        lab.HostEntryOf(FailoverLab.SilentMac).Contains($"dst {endpoint}", StringComparison.Ordinal)
        && (lab.WeftMachine is null || lab.WeftEntryOf(FailoverLab.SilentMac) == endpoint);

    /// <summary>Strikes the node that forwards, waits until everything flows again, heals, and waits until the pair is whole.</summary>
    /// <returns>The longest silence of each host's stream.</returns>
    private static (double Kernel, double Weft) Suffer(FailoverLab lab, NumberedStream stream, NumberedStream flooded, NumberedStream ofWeft, FailoverFault fault)
    {
        NumberedStream[] streams = [stream, flooded, ofWeft];
        int active = lab.AwaitPair();
        int forwards = fault.TakesOver ? 1 - active : active;
        AssertFlowing($"through node {active}");
        Check(Wait.Until(() => IsKnownBehind(lab, $"192.0.2.{active + 1}"), Patience), () => $"{fault.Name}: tables before\n{lab.Story()}\n{lab.HostEntryOf(FailoverLab.SilentMac)}");

        using (Chatter? chatter = fault.MachinesSpeak ? new Chatter(lab.Silent, "s0", OtherMachine) : null)
        {
            // Only a machine that both nodes know tells which of them is cut off.
            Check(chatter is null || Wait.Until(() => lab.Show(1 - active)?.Machines >= 2, Patience), () => $"{fault.Name}: the speaking machine is known\n{lab.Story()}");
            Array.ForEach(streams, each => each.Take());
            fault.Strike(lab, active);
            Thread.Sleep(200);
            AssertFlowing($"{fault.Name}: again");
        }

        double kernel = TakeOnce(stream, fault.Name), weft = TakeOnce(ofWeft, fault.Name);
        _ = TakeOnce(flooded, $"{fault.Name}, flooded");
        // The kernel's vxlan, our own and Open vSwitch have all re-pointed what was behind the node.
        Check(Wait.Until(() => IsKnownBehind(lab, $"192.0.2.{forwards + 1}"), Patience), () => $"{fault.Name}: tables after\n{lab.Story()}\n{lab.HostEntryOf(FailoverLab.SilentMac)}");
        Check(Wait.Until(() => lab.SwitchPortOf(FailoverLab.HostMac) == $"{forwards + 1}", Patience), () => $"{fault.Name}: {lab.SwitchTable()}\n{lab.Story()}");

        fault.Heal(lab, active);
        Check(Wait.Until(() => lab.AwaitPair() == forwards, Patience), () => $"{fault.Name}: node {forwards} goes on\n{lab.Story()}");
        AssertFlowing($"{fault.Name}: after healing");
        Array.ForEach(streams, each => TakeOnce(each, $"{fault.Name}, healing"));
        return (kernel, weft);

        void AssertFlowing(string when) => Check(streams.All(each => each.Flows(200, Patience)), () => $"the streams flow {when}:\n{lab.Story()}\n{lab.HostEntryOf(FailoverLab.SilentMac)}\n{lab.SwitchTable()}");

        double TakeOnce(NumberedStream from, string when)
        {
            (double outage, int duplicates, int copies) = from.Take();
            Check(duplicates == 0, () => $"{when}: {duplicates} datagrams came twice, one of them {copies} times:\n{lab.Story()}");
            return outage;
        }
    }

    /// <summary>What the nodes tell takes time to ask for, most of all from one that sleeps.</summary>
    private static void Check(bool holds, Func<string> told)
    {
        if (!holds)
        {
            Assert.Fail(told());
        }
    }

    private void Print(string fault, List<double> outages, string more) => output.WriteLine($"{fault}: {Middle(outages)}{more}");

    private static string Middle(List<double> outages)
    {
        outages.Sort();
        return $"median {outages[outages.Count / 2]:0.0}, worst {outages[^1]:0.0}";
    }
}
