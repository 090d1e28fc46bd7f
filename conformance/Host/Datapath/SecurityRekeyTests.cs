using System.Collections.Concurrent;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Keys of running switches change through <see cref="SwitchHost.RekeyAsync"/> while frames pass.</summary>
public sealed class SecurityRekeyTests
{
    private const int Rounds = 8;
    private const int FramesBetweenSteps = 500;

    [Fact, Trait(Kind.Key, Kind.Property)]
    public async Task Every_frame_arrives_while_keys_change_again_and_again()
    {
        using var lab = new SecurityLab(outbound: 1);
        ConcurrentQueue<byte[]> offered = new(), delivered = new(), toFar = new(), toNear = new(), nowhere = new();
        await using SwitchHost near = SwitchHost.Start(Busy(lab.Plan), Ports(offered, nowhere, toNear, toFar));
        await using SwitchHost far = SwitchHost.Start(Busy(lab.FarPlan), Ports(nowhere, delivered, toFar, toNear));
        int sent = 0;
        bool enough = false;
        var sender = new Thread(() =>
        {
            for (; !Volatile.Read(ref enough); sent++)
            {
                byte[] frame = Plain(A, B);
                (frame[20], frame[21], frame[22]) = ((byte)(sent >> 16), (byte)(sent >> 8), (byte)sent);
                offered.Enqueue(frame);
                while (offered.Count > 64)
                {
                    Thread.Yield();
                }
            }
        });
        sender.Start();

        uint old = 0x1000;
        for (uint next = 0x5000; next < 0x5000 + Rounds; next++)
        {
            await far.RekeyAsync(new RekeyRequest(new TunnelAddress(VtepAddress), Inbound: true, lab.Association(next), Remove: null));
            await near.RekeyAsync(new RekeyRequest(new TunnelAddress(PeerAddress), Inbound: false, lab.Association(next), Remove: old));
            // Once the frames that were offered before have arrived, nothing sealed with the old key is under way any more.
            int before = Volatile.Read(ref sent) + FramesBetweenSteps;
            Assert.True(Wait.Until(() => delivered.Count >= before, TimeSpan.FromSeconds(30)), $"{delivered.Count} of {before}");
            await far.RekeyAsync(new RekeyRequest(new TunnelAddress(VtepAddress), Inbound: true, Add: null, Remove: old));
            old = next;
        }

        Volatile.Write(ref enough, true);
        sender.Join();
        Assert.True(Wait.Until(() => delivered.Count >= sent, TimeSpan.FromSeconds(30)), $"{delivered.Count} of {sent}");
        Assert.Equal(Enumerable.Range(0, sent), delivered.Select(frame => (frame[20] << 16) | (frame[21] << 8) | frame[22]));
        AssociationSnapshot last = Assert.Single((await near.SnapshotAsync()).Associations, a => a.Direction == "out" && a.Peer == new TunnelAddress(PeerAddress));
        Assert.Equal((old, 7), (last.Spi, last.Queue)); // the place and the queue of the first
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public async Task A_step_that_does_not_fit_is_refused_by_the_running_switch_and_traffic_goes_on()
    {
        using var lab = new SecurityLab(outbound: 1);
        ConcurrentQueue<byte[]> offered = new(), sent = new(), none = new();
        await using SwitchHost host = SwitchHost.Start(Busy(lab.Plan), Ports(offered, none, none, sent));
        var peer = new TunnelAddress(PeerAddress);
        await Assert.ThrowsAsync<ArgumentException>(() => host.RekeyAsync(new RekeyRequest(peer, Inbound: false, Add: null, Remove: 0x1000)));
        await Assert.ThrowsAsync<ArgumentException>(() => host.RekeyAsync(new RekeyRequest(peer, Inbound: true, lab.Association(0x2000), Remove: null)));
        await Assert.ThrowsAsync<SwitchStartException>(() => host.RekeyAsync(new RekeyRequest(peer, Inbound: true, lab.Association(0x5000) with { KeyFile = "/nonexistent" }, Remove: null)));
        await Assert.ThrowsAsync<ArgumentNullException>(() => host.RekeyAsync(null!));
        offered.Enqueue(Plain(A, B));
        Assert.True(Wait.Until(() => sent.Any(packet => packet[33] == 2), TimeSpan.FromSeconds(30)));
        host.Stop();
        _ = await host.Completion;
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.RekeyAsync(new RekeyRequest(peer, Inbound: true, lab.Association(0x5001), Remove: null)));
    }

    /// <summary>Nothing wakes a switch whose ports are queues, so it does not sleep.</summary>
    private static SwitchPlan Busy(SwitchPlan plan) => plan with { Poll = PollMode.Spin, Segments = [.. plan.Segments.Select(segment => segment with { Peers = [.. segment.Peers.Take(1)] })] };

    private static SwitchHostOptions Ports(ConcurrentQueue<byte[]> lanIn, ConcurrentQueue<byte[]> lanOut, ConcurrentQueue<byte[]> wireIn, ConcurrentQueue<byte[]> wireOut) => new()
    {
        OpenPort = port => port.Name switch
        {
            "web1" => new QueueLivePort(port.Name, lanIn, lanOut),
            "up0" => new QueueLivePort(port.Name, wireIn, wireOut),
            _ => new IdleLivePort(port.Name),
        },
    };
}
