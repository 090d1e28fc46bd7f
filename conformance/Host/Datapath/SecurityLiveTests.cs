using System.Globalization;
using System.Text.Json;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>Two weft processes in namespaces of their own, ESP between them, and a kernel's router on the way.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class SecurityLiveTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Everything_between_two_switches_is_esp_that_tshark_decrypts_with_the_same_keys(bool inUdp)
    {
        LiveRequirements.Need("ethtool", "ping", "nft", "sysctl", "tcpdump", "tshark", "iperf3");
        using var lab = new FragmentationLab(linkMtu: 1500);
        using var pair = new SecuredPair(lab, inUdp, extended: false);
        string file = pair.File("path.pcap");
        using (lab.Capture(file))
        {
            Command.UntilItSucceeds(() => lab.Ping(FragmentationLab.InnerMtu)).Required();
            Command.UntilItSucceeds(() => lab.Ping(84)).Required();
            Iperf(lab, "-n", "16M");
            // What tcpdump has seen is written packet by packet; the last ping tells that it has seen the rest.
            Command.UntilItSucceeds(() => lab.Ping(333, count: 1)).Required();
            Assert.True(Wait.Until(() => Tunnelled(file).Any(packet => packet[2].Contains("333", StringComparison.Ordinal)), TimeSpan.FromSeconds(20)));
        }

        // What the receiver thought of every tag, whatever the capture has.
        AssertNothingRefused(pair);
        IReadOnlyList<string[]> clear = Tshark.Fields(file, "ip && !esp && !icmp", "frame.protocols");
        Assert.True(clear.Count == 0, string.Join('\n', clear.Select(fields => fields[0])));
        IReadOnlyList<string[]> packets = Tunnelled(file);
        string[] spis = [.. packets.Select(packet => packet[0]).Distinct().Order()];
        Assert.Equal(["0x00001000", "0x00002000"], spis);
        Assert.All(packets, packet => Assert.Equal(("1", "0x00004d"), (packet[1], packet[3])));
        Assert.All(packets, packet => Assert.InRange(int.Parse(packet[2].Split(',')[0], CultureInfo.InvariantCulture), 60, 1500));
        Assert.Contains(packets, packet => packet[4].Length > 0); // fragments, below ESP
        Assert.Equal(inUdp, packets[0][5].Contains("udpencap", StringComparison.Ordinal));
    }

    /// <summary>
    /// That not one frame is lost is <see cref="SecurityRekeyTests"/>'s to show, where nothing but the switches can lose any. Here a busy
    /// machine may, so the switches say what they dropped.
    /// </summary>
    [Fact]
    public void Keys_change_under_traffic_and_the_switches_drop_nothing_for_it()
    {
        LiveRequirements.Need("ethtool", "ping", "nft", "sysctl", "iperf3");
        using var lab = new FragmentationLab(linkMtu: 1500);
        using var pair = new SecuredPair(lab);
        using RunningCommand server = lab.Right.Start("iperf3", "-s", "-1", "--forceflush");
        Assert.True(server.WaitForOutput("Server listening", TimeSpan.FromSeconds(30)), server.Error);
        // 250 frames a second in three fragments each.
        using RunningCommand client = lab.Left.Start("iperf3", "-c", "10.0.0.2", "-u", "-b", "8M", "-l", "4000", "-t", "12", "--json");
        // Once datagrams flow.
        Assert.True(Wait.Until(() => Sealed(pair, SecuredPair.ToRight) > 100, TimeSpan.FromSeconds(30), () => client.HasExited), client.Output + client.Error);
        const uint NewRight = 0x1100, NewLeft = 0x2100;
        pair.Rekey(1, "in", add: NewRight);
        pair.Rekey(0, "in", add: NewLeft);
        pair.Rekey(0, "out", add: NewRight, remove: SecuredPair.ToRight);
        pair.Rekey(1, "out", add: NewLeft, remove: SecuredPair.ToLeft);
        Assert.True(Wait.Until(() => Sealed(pair, NewRight) > 100, TimeSpan.FromSeconds(30), () => client.HasExited), client.Output + client.Error);
        pair.Rekey(1, "in", remove: SecuredPair.ToRight);
        pair.Rekey(0, "in", remove: SecuredPair.ToLeft);

        CommandResult result = client.WaitForExit(TimeSpan.FromSeconds(40)).Required();
        using var report = JsonDocument.Parse(result.Output);
        JsonElement sum = report.RootElement.GetProperty("end").GetProperty("sum");
        Assert.True(sum.GetProperty("packets").GetInt64() > 1000, result.Output);
        Assert.True(sum.GetProperty("lost_packets").GetInt64() <= sum.GetProperty("packets").GetInt64() / 10, sum.ToString());
        AssertNothingRefused(pair);
        foreach (int side in (int[])[0, 1])
        {
            string shown = pair.Ask(side, "show", "sas").Required().Output;
            Assert.Contains("0x00001100", shown);
            Assert.DoesNotContain("0x00001000", shown);
        }
    }

    [Fact]
    public void A_rekey_that_the_switch_refuses_says_why_and_changes_nothing()
    {
        LiveRequirements.Need("ethtool", "ping", "nft", "sysctl");
        using var lab = new FragmentationLab(linkMtu: 1500);
        using var pair = new SecuredPair(lab);
        string peer = FragmentationLab.Endpoint(1);
        foreach ((string[] arguments, string reason) in ((string[], string)[])
        [
            (["--peer", "192.0.2.99", "--direction", "in", "--remove", "0x2000"], "192.0.2.99 is no protected peer"),
            (["--peer", peer, "--direction", "in", "--remove", "0x7777"], "no association 0x7777"),
            (["--peer", peer, "--direction", "in", "--remove", "0x2000"], "last association"),
            (["--peer", peer, "--direction", "out", "--add", "0x3000", "--key-file", "/nonexistent"], "/nonexistent"),
            (["--peer", peer, "--direction", "out", "--add", "0x3000"], "--key-file"),
            (["--peer", peer, "--direction", "out", "--add", "255", "--key-file", pair.KeyFile(0, 0x3000)], "SPIs are 256"),
            (["--peer", peer, "--direction", "sideways", "--remove", "0x1000"], "sideways"),
        ])
        {
            CommandResult refused = pair.Ask(0, "rekey", arguments);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains(reason, refused.Output + refused.Error);
        }

        Command.UntilItSucceeds(() => lab.Ping(FragmentationLab.InnerMtu)).Required();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rfc4301_Section8_2_A_kernel_router_that_quotes_esp_makes_sealed_packets_smaller(bool inUdp)
    {
        LiveRequirements.Need("ethtool", "ping", "nft", "sysctl");
        using var lab = new FragmentationLab(linkMtu: 1500);
        using var pair = new SecuredPair(lab, inUdp);
        lab.Narrow(1300);
        bool narrower = Wait.Until(() => !lab.Ping(FragmentationLab.InnerMtu, count: 1).Succeeded && Shown(pair, 0) == 1300, TimeSpan.FromSeconds(20));
        Assert.True(narrower, $"{Shown(pair, 0)}");

        static int Shown(SecuredPair pair, int side)
        {
            using var shown = JsonDocument.Parse(pair.Ask(side, "show", "tunnels", "--json").Required().Output);
            return shown.RootElement.GetProperty("tunnels")[0].GetProperty("pathMtuBytes").GetInt32();
        }
    }

    private static IReadOnlyList<string[]> Tunnelled(string file) => Tshark.Decrypted(
        file, [(SecuredPair.ToRight, SecuredPair.Key(SecuredPair.ToRight)), (SecuredPair.ToLeft, SecuredPair.Key(SecuredPair.ToLeft))],
        "esp.spi", "esp.icv_good", "ip.len", "geneve.vni", "geneve.option.class", "frame.protocols");

    private static void AssertNothingRefused(SecuredPair pair)
    {
        foreach (int side in (int[])[0, 1])
        {
            using var dropped = JsonDocument.Parse(pair.Ask(side, "show", "drops", "--json").Required().Output);
            string[] reasons = [.. dropped.RootElement.GetProperty("drops").EnumerateArray().Select(drop => drop.GetProperty("reason").GetString()!)];
            Assert.DoesNotContain(reasons, reason => reason.StartsWith("esp-", StringComparison.Ordinal) || reason == "stopping");
        }
    }

    private static long Sealed(SecuredPair pair, uint spi)
    {
        using var shown = JsonDocument.Parse(pair.Ask(0, "show", "sas", "--json").Required().Output);
        return shown.RootElement.GetProperty("associations").EnumerateArray().Where(a => a.GetProperty("spi").GetUInt32() == spi).Select(a => a.GetProperty("packets").GetInt64()).FirstOrDefault();
    }

    private static void Iperf(FragmentationLab lab, params string[] arguments)
    {
        using RunningCommand server = lab.Right.Start("iperf3", "-s", "-1", "--forceflush");
        Assert.True(server.WaitForOutput("Server listening", TimeSpan.FromSeconds(30)), server.Error);
        lab.Left.Run("iperf3", ["-c", "10.0.0.2", .. arguments]).Required();
    }
}
