using System.Diagnostics;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;
using Weft.Ports;
using Weft.Ports.Linux;

namespace Weft.Conformance.HostTests;

/// <summary>Adaptive polling: a worker that has nothing to do asks its ports a few times a second, and is woken by the frame that ends its rest.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class IdleWorkerTests
{
    /// <summary>Far more than a worker asks that sleeps 200 ms, far less than one that spins.</summary>
    private const int MaxAskedASecond = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(PollMode.Adaptive)]
    [InlineData(PollMode.Sleep)]
    public async Task A_worker_without_frames_sleeps_and_a_frame_ends_its_sleep(PollMode mode)
    {
        using var left = new BellPort("left");
        using var right = new BellPort("right");
        SwitchPlan plan = TestPlans.Resolved() with
        {
            Ports = [Port("left"), Port("right")],
            Vteps = [],
            Segments = [TestPlans.Segment("lan", 10, null)],
            Poll = mode,
        };
        await using SwitchHost host = SwitchHost.Start(plan, new SwitchHostOptions { OpenPort = port => port.Name == "left" ? left : right });
        for (int round = 1; round <= 3; round++)
        {
            // Until it sleeps: from one ask to the next is long then, however slow the machine is.
            Assert.True(await Eventually(async () =>
            {
                long before = left.Asked;
                long start = Stopwatch.GetTimestamp();
                await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
                return left.Asked - before <= MaxAskedASecond * Stopwatch.GetElapsedTime(start).TotalSeconds;
            }), "the worker goes on asking");
            left.Ring();
            int wanted = round;
            Assert.True(await Eventually(async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
                return right.Sent == wanted;
            }), "the frame does not arrive");
        }

        host.Stop();
        SwitchRunResult end = await host.Completion;
        Assert.True(end.Final.Totals.Balanced, end.Final.Totals.ToString());
    }

    private static async Task<bool> Eventually(Func<Task<bool>> condition)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Patience;)
        {
            if (await condition())
            {
                return true;
            }
        }

        return false;
    }

    private static PortPlan Port(string name) => new()
    {
        Name = name,
        Kind = PortKind.AfPacket,
        Role = PortRole.Access,
        Device = name,
        MtuBytes = 1500,
        VlanMode = VlanMode.Access,
        NativeVlan = 10,
    };

    /// <summary>A port on which a frame arrives when a descriptor says so, and that counts how often it is asked.</summary>
    private sealed class BellPort(string name) : IPort
    {
        private readonly int _bell = LinuxError.Check(Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC), "eventfd");
        private PortCounters _counters;
        private long _asked;
        private long _sent;
        private int _disposed;

        public string Name => name;

        public PortCapabilities Capabilities { get; } = new("bell", 1518, IsLive: true);

        public PortStatus Status => PortStatus.Up;

        public ref readonly PortCounters Counters => ref _counters;

        public int PollDescriptor => _bell;

        public Timestamp NextArrival => Timestamp.MaxValue;

        public long Asked => Interlocked.Read(ref _asked);

        public long Sent => Interlocked.Read(ref _sent);

        public unsafe void Ring()
        {
            ulong one = 1;
            _ = Libc.write(_bell, &one, sizeof(ulong));
        }

        public unsafe int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
        {
            Interlocked.Increment(ref _asked);
            ulong rung;
            if (burst.IsEmpty || Libc.read(_bell, &rung, sizeof(ulong)) < 0 || !pool.TryRent(out burst[0]))
            {
                return 0;
            }

            _ = pool.TrySetLength(ref burst[0], 60);
            pool.Bytes(burst[0]).Clear();
            _ = new EthernetHeader { Destination = MacAddress.Broadcast, Source = MacAddress.Parse("02:00:00:00:00:01"), EtherType = EtherType.Experimental1 }.Write(pool.Bytes(burst[0]));
            _counters.ReceivedFrames++;
            return 1;
        }

        public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
        {
            _counters.SentFrames += burst.Length;
            Interlocked.Add(ref _sent, burst.Length);
            return burst.Length;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                _ = Libc.close(_bell);
            }
        }
    }
}
