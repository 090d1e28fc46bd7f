using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>A switch on threads between two processes that share memory with it.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class MemifHostTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-memif-").FullName;
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 64 });

    public void Dispose()
    {
        _pool.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Frames_pass_between_a_server_port_and_a_client_port_and_the_books_close()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        ConfigurationResult read = ConfigurationFile.ReadText(
            """
            schema: weft/1
            switch: {name: shared, workers: 2}
            ports:
              - {name: a, type: memif, memif: {socket: a.sock, role: server, id: 4, queues: 2}, mtu: 1500, vlan: {mode: access, id: 10}}
              - {name: b, type: memif, memif: {socket: b.sock, slots: 64}, mtu: 1500, vlan: {mode: access, id: 10}}
            segments: [{name: lan, vlan: 10}]
            """,
            Path.Combine(_folder, "shared.yaml"));
        SwitchPlan plan = Assert.IsType<SwitchPlan>(read.Plan);
        Assert.Equal(new MemifPlan { SocketPath = Path.Combine(_folder, "a.sock"), Role = MemifRole.Server, Id = 4, Queues = 2 }, plan.Ports[0].Memif);
        await using SwitchHost host = SwitchHost.Start(plan);
        // A worker that has not had its first turn has not asked yet.
        string? problem = null;
        for (Timestamp start = Timestamp.FromMonotonicClock(); problem?.Contains("no server answers", StringComparison.Ordinal) != true && Timestamp.FromMonotonicClock() - start < Patience;)
        {
            problem = (await host.SnapshotAsync()).Ports[1].Problem;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Contains("no server answers", problem, StringComparison.Ordinal);
        using var left = new MemifPort("left", new MemifOptions { SocketPath = Path.Combine(_folder, "a.sock"), InterfaceId = 4 });
        using var right = new MemifPort("right", new MemifOptions { SocketPath = Path.Combine(_folder, "b.sock"), Role = MemifRole.Server });
        byte[] frame = new byte[80];
        _ = new EthernetHeader { Destination = MacAddress.Broadcast, Source = MacAddress.Parse("02:00:00:00:00:01"), EtherType = EtherType.Experimental1 }.Write(frame);
        int crossed = 0;
        // One frame at a time, sent again until it comes: nothing depends on who is how fast.
        for (int i = 0; i < 100; i++)
        {
            frame[20] = (byte)i;
            crossed += await CrossesAsync(left, right, frame) ? 1 : 0;
            crossed += await CrossesAsync(right, left, frame) ? 1 : 0;
        }

        Assert.Equal(200, crossed);
        SwitchSnapshot shown = await host.SnapshotAsync();
        Assert.Equal(["memif server", "memif client"], shown.Ports.Select(port => port.Driver));
        Assert.All(shown.Ports, port => Assert.Equal((PortStatus.Up, null), (port.Status, port.Problem)));
        host.Stop();
        SwitchRunResult end = await host.Completion;
        Assert.True(end.Final.Totals.Balanced, end.Final.Totals.ToString());
    }

    private async Task<bool> CrossesAsync(MemifPort from, MemifPort to, byte[] frame)
    {
        var burst = new Packet[8];
        for (Timestamp start = Timestamp.FromMonotonicClock(); Timestamp.FromMonotonicClock() - start < Patience;)
        {
            Assert.True(_pool.TryRent(out Packet packet));
            packet.Length = frame.Length;
            frame.CopyTo(_pool.Bytes(packet));
            _ = from.Send(_pool, [packet], Timestamp.FromMonotonicClock());
            _pool.Return(packet);
            for (int look = 0; look < 50; look++)
            {
                int received = to.Receive(_pool, burst, Timestamp.FromMonotonicClock());
                bool came = burst.Take(received).Any(arrived => _pool.Bytes(arrived).SequenceEqual(frame));
                _pool.Return(burst.AsSpan(0, received));
                if (came)
                {
                    return true;
                }

                _ = from.Receive(_pool, burst, Timestamp.FromMonotonicClock()) is int back and > 0 ? Return(burst, back) : 0;
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }
        }

        return false;
    }

    private int Return(Packet[] burst, int count)
    {
        _pool.Return(burst.AsSpan(0, count));
        return count;
    }
}
