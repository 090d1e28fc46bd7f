using System.Text.Json;
using Weft.Conformance.Support;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>
/// Kernel peers with all their offloads on talk through two packet sockets: nothing was prepared with ethtool, and the
/// receiving kernel verifies every checksum because a packet socket vouches for none.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class OffloadLiveTests
{
    private const int FrameLimit = 1514;

    [Theory]
    [InlineData(AfPacketMode.LowLatency, false, "-c", "10.0.0.2")]
    [InlineData(AfPacketMode.LowLatency, false, "-R", "-c", "10.0.0.2")]
    [InlineData(AfPacketMode.LowLatency, true, "-c", "fd00::2")]
    [InlineData(AfPacketMode.Throughput, false, "-c", "10.0.0.2")]
    public void A_kernel_TCP_stream_crosses_two_packet_sockets(AfPacketMode mode, bool isV6, params string[] client)
    {
        LiveRequirements.Need("iperf3");
        using var hosts = new TwoHosts(mode);
        using RunningCommand server = hosts.Right.Start("iperf3", "-s", "-1", "--forceflush");
        Assert.True(server.WaitForOutput("listening", TimeSpan.FromSeconds(30)));

        CommandResult result = hosts.Left.Run("iperf3", [.. client, "-J", "-n", "20M"]);

        Assert.True(result.Succeeded, result.Output);
        using JsonDocument report = JsonDocument.Parse(result.Output);
        Assert.Equal(20 << 20, report.RootElement.GetProperty("end").GetProperty("sum_sent").GetProperty("bytes").GetInt64(), 4e6);
        hosts.AssertCleanFrames();
        Assert.True(isV6 || hosts.SawFullFrames, "no full-sized segment passed: were there superframes at all?");
    }

    [Fact]
    public void Datagrams_that_a_sender_handed_over_as_one_arrive_one_by_one()
    {
        LiveRequirements.Need("python3");
        using var hosts = new TwoHosts(AfPacketMode.LowLatency);
        const string receiver = """
            import socket, hashlib
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("10.0.0.2", 5000)); s.settimeout(3)
            print("ready", flush=True)
            got = [s.recv(65535) for _ in range(11)]
            print([len(d) for d in got], hashlib.sha256(b"".join(got)).hexdigest())
            """;
        const string sender = """
            import socket, hashlib
            data = bytes(i * 7 % 251 for i in range(10 * 1200 + 77))
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(17, 103, 1200)
            s.sendto(data, ("10.0.0.2", 5000)); print(hashlib.sha256(data).hexdigest())
            """;
        using RunningCommand listening = hosts.Right.Start("python3", "-c", receiver);
        Assert.True(listening.WaitForOutput("ready", TimeSpan.FromSeconds(30)));
        string digest = hosts.Left.Run("python3", "-c", sender).Required().Output.Trim();

        CommandResult received = listening.WaitForExit(TimeSpan.FromSeconds(30));
        Assert.Contains($"[{string.Join(", ", Enumerable.Repeat(1200, 10))}, 77] {digest}", received.Output);
        hosts.AssertCleanFrames();
    }

    [Theory]
    [InlineData("noudpcsum")]
    [InlineData("udpcsum")]
    public void A_TCP_stream_that_the_kernel_tunnelled_through_VXLAN_is_cut_below_the_tunnel(string checksum)
    {
        LiveRequirements.Need("iperf3");
        using var hosts = new TwoHosts(AfPacketMode.LowLatency);
        foreach ((NetNamespace host, string device, string remote, string address) in new[] { (hosts.Left, "l", "10.0.0.2", "10.9.0.1/24"), (hosts.Right, "r", "10.0.0.1", "10.9.0.2/24") })
        {
            host.Ip("link", "add", "vx", "type", "vxlan", "id", "7", "dstport", "4789", "remote", remote, "dev", device, checksum);
            host.Ip("link", "set", "vx", "up");
            host.AddAddress("vx", address);
        }

        using RunningCommand server = hosts.Right.Start("iperf3", "-s", "-1", "--forceflush");
        Assert.True(server.WaitForOutput("listening", TimeSpan.FromSeconds(30)));
        CommandResult result = hosts.Left.Run("iperf3", "-c", "10.9.0.2", "-J", "-n", "10M");

        Assert.True(result.Succeeded, result.Output);
        hosts.AssertCleanFrames();
        Assert.True(hosts.SawFullFrames);
    }

    /// <summary>Host l — switch — host r, the switch forwarding in software and looking at every frame.</summary>
    private sealed class TwoHosts : IDisposable
    {
        private readonly NetNamespace _switch = NetNamespace.Create();
        private readonly AfPacketPort _left;
        private readonly AfPacketPort _right;
        private readonly SoftwareForwarder _forwarder;
        private string? _complaint;

        public TwoHosts(AfPacketMode mode)
        {
            _switch.AddVeth("l", Left, "l");
            _switch.AddVeth("r", Right, "r");
            Left.AddAddress("l", "10.0.0.1/24");
            Right.AddAddress("r", "10.0.0.2/24");
            Left.AddAddress("l", "fd00::1/64");
            Right.AddAddress("r", "fd00::2/64");
            _left = new AfPacketPort("l", new AfPacketOptions { Device = "l", NetworkNamespace = _switch.Name, Mode = mode });
            _right = new AfPacketPort("r", new AfPacketOptions { Device = "r", NetworkNamespace = _switch.Name, Mode = mode });
            _forwarder = new SoftwareForwarder(_left, _right) { Inspect = frame => _complaint ??= NaiveChecksum.Complaint(frame.Span) };
        }

        public NetNamespace Left { get; } = NetNamespace.Create(quiet: false);

        public NetNamespace Right { get; } = NetNamespace.Create(quiet: false);

        public bool SawFullFrames => _forwarder.LongestFrame == FrameLimit;

        public void AssertCleanFrames()
        {
            Assert.Null(_complaint);
            Assert.InRange(_forwarder.LongestFrame, 61, FrameLimit);
            foreach (AfPacketPort port in new[] { _left, _right })
            {
                Assert.Equal((0, 0, 0), (port.Counters.ReceivedGsoInvalid, port.Counters.ReceivedOversize, port.Counters.SendRefused));
            }
        }

        public void Dispose()
        {
            _forwarder.Dispose();
            _left.Dispose();
            _right.Dispose();
            Left.Dispose();
            Right.Dispose();
            _switch.Dispose();
        }
    }
}
