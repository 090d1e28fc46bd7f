using Weft.Bench.Ratios;
using Weft.Host.Datapath;
using Weft.Ports;

namespace Weft.Bench.Multicast;

/// <summary>
/// CPU time of a whole switch for a replica of 60 bytes, from packet socket to packet sockets: receive, bridge, snooping, replication, send, and
/// what the kernel does in the wake of a send. The source's time is nobody's.
/// </summary>
public abstract class PacketSocketRatio(int receivers) : IRatio
{
    /// <summary>Rounds after which a burst is given up: what is missing shows in the result.</summary>
    private const int MaxIdleRounds = 100_000;

    private int _bursts;
    private SnoopingPath? _ourPath;
    private SnoopingPath? _peerPath;
    private Switch? _ours;
    private OpenVSwitchPeer? _peer;

    /// <inheritdoc/>
    public string Package => "Multicast";

    /// <inheritdoc/>
    public string Name => $"replicate 60 bytes through packet sockets to {receivers:00} ports that joined";

    /// <inheritdoc/>
    public string Unit => "CPU ns/replica";

    /// <inheritdoc/>
    public string PeerName => "Open vSwitch, userspace datapath, mcast_snooping_enable";

    /// <summary>1.35 times the replicas for a second of CPU time.</summary>
    public double Goal => 1 / 1.35;

    /// <inheritdoc/>
    public Statistic Statistic => Statistic.Median;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _bursts = shortRun ? 10 : 50;
        if (!Environment.IsPrivilegedProcess || !PeerProcess.Exists("ip") || !PeerProcess.Exists("nft"))
        {
            return;
        }

        _ourPath = new SnoopingPath(receivers);
        var plan = SnoopingPlan.Of(_ourPath);
        _ours = new Switch(plan, [.. plan.Ports.Select(port => PortFactory.Open(port))]);
        for (int round = 0; round < 100; round++)
        {
            _ = _ours.RunOnce(out _);
            Thread.Sleep(1);
        }

        _ourPath.JoinAll();
        // Ports come up, joins are heard.
        for (int round = 0; round < 100; round++)
        {
            _ = _ours.RunOnce(out _);
            Thread.Sleep(10);
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peerPath = _ourPath is null ? null : new SnoopingPath(receivers);
        _peer = OpenVSwitchPeer.TryStart(_peerPath, out string whyNot);
        _peerPath?.JoinAll();
        return _peer is null ? whyNot : null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        if (_ours is null)
        {
            return default;
        }

        long cost = 0;
        long arrived = 0;
        for (int burst = 0; burst < _bursts; burst++)
        {
            _ourPath!.SendBurst();
            long start = ThreadClock.Nanoseconds;
            for (int received = 0, idle = 0; received < SnoopingPath.BurstFrames && idle < MaxIdleRounds; idle++)
            {
                _ = _ours.RunOnce(out int now);
                received += now;
            }

            cost += ThreadClock.Nanoseconds - start;
            arrived += _ourPath.Await(SnoopingPath.BurstFrames);
        }

        return Sample(cost, arrived);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        long start = _peer!.CpuNanoseconds;
        long arrived = 0;
        for (int burst = 0; burst < _bursts; burst++)
        {
            _peerPath!.SendBurst();
            arrived += _peerPath.Await(SnoopingPath.BurstFrames);
        }

        return Sample(_peer.CpuNanoseconds - start, arrived);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _ours?.Dispose();
        _peer?.Dispose();
        _ourPath?.Dispose();
        _peerPath?.Dispose();
    }

    private Sample Sample(long cost, long arrived) => new((double)cost / ((long)_bursts * SnoopingPath.BurstFrames * receivers), (ulong)arrived);
}
