using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>Streams between two kernels with all offloads on, through a switch that passes their superframes whole: the receiving kernel verifies checksums, a digest the rest.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class SuperframeLiveTests : IDisposable
{
    private const int Bytes = 8 << 20;
    private const int FrameLimit = 1514;
    private readonly NetNamespace _left = NetNamespace.Create(quiet: false);
    private readonly NetNamespace _middle = NetNamespace.Create();
    private readonly NetNamespace _right = NetNamespace.Create(quiet: false);

    public void Dispose()
    {
        _left.Dispose();
        _middle.Dispose();
        _right.Dispose();
    }

    [Theory]
    [InlineData(AfPacketDriver.LowLatency, "10.0.0.2", true)]
    [InlineData(AfPacketDriver.Throughput, "10.0.0.2", true)]
    [InlineData(AfPacketDriver.LowLatency, "fd00::2", true)]
    [InlineData(AfPacketDriver.LowLatency, "10.0.0.2", false)]
    public async Task A_stream_arrives_byte_for_byte_in_one_piece_or_cut_where_the_device_cannot(AfPacketDriver mode, string to, bool canCut)
    {
        LiveRequirements.Need("python3", "ethtool");
        _middle.AddVeth("l", _left, "l");
        _middle.AddVeth("r", _right, "r");
        _left.AddAddress("l", "10.0.0.1/24");
        _left.AddAddress("l", "fd00::1/64");
        _right.AddAddress("r", "10.0.0.2/24");
        _right.AddAddress("r", "fd00::2/64");
        if (!canCut)
        {
            _middle.Run("ethtool", "-K", "r", "tso", "off").Required();
        }

        SwitchPlan plan = TestPlans.Resolved() with { Ports = [Port("l", mode), Port("r", mode)], Vteps = [], Segments = [TestPlans.Segment("lan", 10, null)], PoolBuffers = 4096 };
        await using SwitchHost host = SwitchHost.Start(plan);
        using RunningCommand receiver = _right.Start("python3", "-c", $$"""
            import socket, hashlib
            s = socket.create_server(("::", 5000), family=socket.AF_INET6, dualstack_ipv6=True); print("ready", flush=True)
            c, _ = s.accept(); d = hashlib.sha256(); n = 0
            while b := c.recv(1 << 20): d.update(b); n += len(b)
            print(n, d.hexdigest(), flush=True)
            """);
        Assert.True(receiver.WaitForOutput("ready", TimeSpan.FromSeconds(30)));
        CommandResult sent = _left.Run("python3", "-c", $$"""
            import socket, hashlib, random
            data = random.Random(1).randbytes({{Bytes}})
            s = socket.create_connection(("{{to}}", 5000), timeout=60); s.sendall(data); s.close()
            print(len(data), hashlib.sha256(data).hexdigest())
            """).Required();

        CommandResult received = receiver.WaitForExit(TimeSpan.FromSeconds(60));
        Assert.EndsWith(sent.Output.Trim(), received.Output.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain("TcpInCsumErrors", _right.Run("nstat", "-s", "TcpInCsumErrors").Output, StringComparison.Ordinal);
        SwitchSnapshot shown = await host.SnapshotAsync();
        Assert.True(shown.Ports[0].ReceivedBytes > FrameLimit * shown.Ports[0].ReceivedFrames, "no superframe came in whole");
        Assert.Equal(canCut, shown.Ports[1].SentBytes > FrameLimit * shown.Ports[1].SentFrames);
        host.Stop();
        SwitchRunResult end = await host.Completion;
        Assert.True(end.Final.Totals.Balanced, end.Final.Totals.ToString());
    }

    private PortPlan Port(string device, AfPacketDriver mode) => new()
    {
        Name = device,
        Kind = PortKind.AfPacket,
        Role = PortRole.Access,
        Device = device,
        NetworkNamespace = _middle.Name,
        Driver = mode,
        MtuBytes = 1500,
        VlanMode = VlanMode.Access,
        NativeVlan = 10,
    };
}
