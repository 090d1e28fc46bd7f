using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>Streams between a kernel behind a TAP device and one behind a packet socket, with offloads and without: both find every octet and checksum right.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class TapOffloadLiveTests : IDisposable
{
    private const int FrameLimit = 1514;
    private const int Tap = 0, Wire = 1;
    private readonly NetNamespace _machine = NetNamespace.Create(quiet: false);
    private readonly NetNamespace _middle = NetNamespace.Create();
    private readonly NetNamespace _right = NetNamespace.Create(quiet: false);

    public void Dispose()
    {
        _machine.Dispose();
        _middle.Dispose();
        _right.Dispose();
    }

    [Theory]
    [InlineData(TapOffloads.All, 1)]
    [InlineData(TapOffloads.All, 2)]
    [InlineData(TapOffloads.Checksum, 1)]
    [InlineData(TapOffloads.None, 1)]
    public async Task A_stream_passes_whole_as_far_as_the_two_have_agreed(TapOffloads offloads, int workers)
    {
        LiveRequirements.Need("python3");
        LiveRequirements.NeedTap();
        await using SwitchHost host = Start(offloads, workers);
        LiveStream.Run(_machine, _right, "10.0.0.2");
        SwitchSnapshot there = await host.SnapshotAsync();
        LiveStream.Run(_right, _machine, "10.0.0.1");
        SwitchSnapshot back = await host.SnapshotAsync();
        AssertNoSumIsWrong();
        bool isWhole = offloads == TapOffloads.All;
        Assert.Equal(isWhole, there.Ports[Tap].ReceivedBytes > FrameLimit * there.Ports[Tap].ReceivedFrames);
        Assert.Equal(isWhole, there.Ports[Wire].SentBytes > FrameLimit * there.Ports[Wire].SentFrames);
        Assert.Equal(isWhole, back.Ports[Tap].SentBytes - there.Ports[Tap].SentBytes > FrameLimit * (back.Ports[Tap].SentFrames - there.Ports[Tap].SentFrames));
        await Stop(host);
    }

    [Theory]
    [InlineData(TapOffloads.All, TapOffloads.None)]
    [InlineData(TapOffloads.None, TapOffloads.All)]
    public async Task A_stream_passes_after_a_reload_whatever_the_queues_before_had_agreed(TapOffloads before, TapOffloads after)
    {
        LiveRequirements.Need("python3");
        LiveRequirements.NeedTap();
        await using SwitchHost host = Start(before, workers: 2);
        LiveStream.Run(_machine, _right, "10.0.0.2");
        await host.ReloadAsync(Plan(after, workers: 2));
        LiveStream.Run(_machine, _right, "10.0.0.2");
        LiveStream.Run(_right, _machine, "10.0.0.1");
        AssertNoSumIsWrong();
        await Stop(host);
    }

    [Fact]
    public async Task Datagrams_that_a_program_leaves_to_be_cut_arrive_one_by_one_and_right()
    {
        LiveRequirements.Need("python3");
        LiveRequirements.NeedTap();
        await using SwitchHost host = Start(TapOffloads.All, workers: 1);
        using RunningCommand receiver = _right.Start("python3", "-c", """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("10.0.0.2", 5001)); s.settimeout(60); print("ready", flush=True)
            seen = set()
            while len(seen) < 10:
                b = s.recv(2000); assert len(b) == 1000 and b[4:] == bytes([b[0]]) * 996, len(b); seen.add(b[0])
            print("all", flush=True)
            """);
        Assert.True(receiver.WaitForOutput("ready", TimeSpan.FromSeconds(30)));
        // UDP_SEGMENT (103) cuts one message into datagrams; it is sent until all have come, since what is lost, as the first behind a question for an address, is nobody's fault.
        using RunningCommand sender = _machine.Start("python3", "-c", """
            import socket, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.IPPROTO_UDP, 103, 1000)
            for _ in range(600): s.sendto(b"".join(bytes([i, 0, 0, 0]) + bytes([i]) * 996 for i in range(10)), ("10.0.0.2", 5001)); time.sleep(.1)
            """);
        Assert.True(receiver.WaitForOutput("all", TimeSpan.FromSeconds(60)), receiver.Output);
        sender.Dispose();
        await Stop(host);
    }

    private void AssertNoSumIsWrong() =>
        Assert.DoesNotContain("TcpInCsumErrors", _machine.Run("nstat", "-s", "TcpInCsumErrors").Output + _right.Run("nstat", "-s", "TcpInCsumErrors").Output, StringComparison.Ordinal);

    private static async Task Stop(SwitchHost host)
    {
        host.Stop();
        SwitchRunResult end = await host.Completion;
        Assert.True(end.Final.Totals.Balanced, end.Final.Totals.ToString());
    }

    private SwitchHost Start(TapOffloads offloads, int workers)
    {
        _middle.AddVeth("r", _right, "r");
        _right.AddAddress("r", "10.0.0.2/24");
        SwitchHost host = SwitchHost.Start(Plan(offloads, workers));
        _machine.AddAddress("tap0", "10.0.0.1/24");
        return host;
    }

    private SwitchPlan Plan(TapOffloads offloads, int workers) => TestPlans.Resolved() with
    {
        Ports =
        [
            Port(PortKind.Tap, "tap0", _machine) with { Offloads = offloads, MultiQueue = workers > 1 },
            Port(PortKind.AfPacket, "r", _middle),
        ],
        Vteps = [],
        Segments = [TestPlans.Segment("lan", 10, null)],
        PoolBuffers = 4096,
        Workers = workers,
    };

    private static PortPlan Port(PortKind kind, string device, NetNamespace space) => new()
    {
        Name = device,
        Kind = kind,
        Role = PortRole.Access,
        Device = device,
        NetworkNamespace = space.Name,
        MtuBytes = 1500,
        VlanMode = VlanMode.Access,
        NativeVlan = 10,
    };
}
