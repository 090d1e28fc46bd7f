using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>DPDK's testpmd at the other end: it sends back what it gets.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class MemifLiveTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-memif-").FullName;
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 1024, BufferBytes = 2048 });

    private string SocketPath => Path.Combine(_folder, "memif.sock");

    public void Dispose()
    {
        _pool.Dispose();
        // What DPDK leaves behind when it is killed.
        string runtime = Path.Combine("/var/run/dpdk", Path.GetFileName(_folder));
        if (Directory.Exists(runtime))
        {
            Directory.Delete(runtime, recursive: true);
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(MemifRole.Client, 1)]
    [InlineData(MemifRole.Server, 1)]
    [InlineData(MemifRole.Client, 2)]
    public void Frames_come_back_from_testpmd_byte_for_byte_and_it_may_die_and_come_again(MemifRole role, int queues)
    {
        LiveRequirements.Need("dpdk-testpmd");
        using var port = new MemifPort("m", new MemifOptions { SocketPath = SocketPath, Role = role, Queues = queues });
        for (int life = 0; life < 2; life++)
        {
            using RunningCommand peer = Testpmd(role == MemifRole.Client ? "server" : "client", queues);
            bool isUp = Wait.Until(() => Receive(port).Count == 0 && port.Status == PortStatus.Up, Patience, () => peer.HasExited);
            Assert.SkipWhen(peer.HasExited && !isUp, $"testpmd does not run here: {Last(peer.Output + peer.Error)}");
            Assert.True(isUp, $"{port.LastError}; {Last(peer.Output + peer.Error)}");
            byte[][] frames = [.. new[] { 60, 61, 64, 128, 1000, 1514 }.Select(length => LiveWire.Frame(length, length))];
            var back = new HashSet<string>();
            // Until it forwards it drops, so what is missing is sent again.
            Assert.True(Wait.Until(
                () =>
                {
                    Send(port, frames.Where(frame => !back.Contains(Convert.ToHexString(frame))));
                    back.UnionWith(Receive(port).Select(Convert.ToHexString));
                    return back.Count >= frames.Length;
                },
                Patience,
                () => peer.HasExited), $"{back.Count} came back; {port.LastError}; {Last(peer.Output + peer.Error)}");
            Assert.Equal(frames.Select(Convert.ToHexString).Order(), back.Order());
            Assert.Equal(0, port.Counters.ReceivedLost);
            // It is killed here, with frames on their way.
        }

        Assert.True(Wait.Until(() => Receive(port).Count == 0 && port.Status == PortStatus.Down, Patience));
        Assert.Equal(_pool.Capacity, _pool.Available);
    }

    private RunningCommand Testpmd(string role, int queues)
    {
        File.Delete(role == "server" ? SocketPath : Path.Combine(_folder, "none"));
        return Command.Start(
            "env", $"XDG_RUNTIME_DIR={_folder}", "dpdk-testpmd", "--no-huge", "-m", "256", "--no-pci", "-l", "0,1", "--file-prefix", Path.GetFileName(_folder),
            $"--vdev=net_memif0,role={role},socket={SocketPath},socket-abstract=no,id=0,zero-copy=no",
            "--", "--forward-mode=io", "--port-topology=loop", "--auto-start", "--no-mlockall", "--total-num-mbufs=4096", $"--rxq={queues}", $"--txq={queues}", "--stats-period=3600");
    }

    private static string Last(string output) => string.Join(" | ", output.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(6));

    private void Send(MemifPort port, IEnumerable<byte[]> frames)
    {
        foreach (byte[] frame in frames)
        {
            Assert.True(_pool.TryRent(out Packet packet));
            packet.Length = frame.Length;
            frame.CopyTo(_pool.Bytes(packet));
            _ = port.Send(_pool, [packet], Timestamp.FromMonotonicClock());
            _pool.Return(packet);
        }
    }

    private List<byte[]> Receive(MemifPort port)
    {
        var burst = new Packet[64];
        int received = port.Receive(_pool, burst, Timestamp.FromMonotonicClock());
        List<byte[]> frames = [.. burst.Take(received).Select(packet => _pool.Bytes(packet).ToArray())];
        _pool.Return(burst.AsSpan(0, received));
        return frames;
    }
}
