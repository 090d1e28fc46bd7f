using System.Diagnostics;
using Weft.Bench.Ratios;
using Weft.Host.Datapath;

namespace Weft.Bench.Multicast;

/// <summary>Time from a host's join until the first datagram of a stream of 2,000 a second reaches it, through a switch that runs on a thread of its own.</summary>
public sealed class JoinLatencyRatio : IRatio
{
    private static readonly TimeSpan Interval = TimeSpan.FromMicroseconds(500);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private SnoopingPath? _ourPath;
    private SnoopingPath? _peerPath;
    private SwitchHost? _ours;
    private OpenVSwitchPeer? _peer;

    /// <inheritdoc/>
    public string Package => "Multicast";

    /// <inheritdoc/>
    public string Name => "join to first datagram of a stream of 2,000 a second";

    /// <inheritdoc/>
    public string Unit => "ms";

    /// <inheritdoc/>
    public string PeerName => "Open vSwitch, userspace datapath, mcast_snooping_enable";

    /// <inheritdoc/>
    public double Goal => 1;

    /// <inheritdoc/>
    public double? Limit => 1;

    /// <inheritdoc/>
    public Statistic Statistic => Statistic.Median;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        if (!Environment.IsPrivilegedProcess || !PeerProcess.Exists("ip") || !PeerProcess.Exists("nft"))
        {
            return;
        }

        _ourPath = new SnoopingPath(receivers: 2);
        _ours = SwitchHost.Start(SnoopingPlan.Of(_ourPath));
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peerPath = _ourPath is null ? null : new SnoopingPath(receivers: 2);
        _peer = OpenVSwitchPeer.TryStart(_peerPath, out string whyNot);
        return _peer is null ? whyNot : null;
    }

    /// <inheritdoc/>
    public Sample Ours() => _ours is null ? default : Measure(_ourPath!);

    /// <inheritdoc/>
    public Sample Peer() => Measure(_peerPath!);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ours?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _peer?.Dispose();
        _ourPath?.Dispose();
        _peerPath?.Dispose();
    }

    private static Sample Measure(SnoopingPath path)
    {
        // The stream runs, and nothing of it arrives any more.
        _ = Stream(path, Quiet, stopAtFirst: false);
        path.JoinLast();
        TimeSpan first = Stream(path, Patience, stopAtFirst: true);
        path.LeaveLast();
        return new Sample(first.TotalMilliseconds, first < Patience ? 1UL : 0);
    }

    /// <summary>Sends the stream and looks for it at the receiver.</summary>
    /// <returns>When the first datagram arrived, or the whole time.</returns>
    private static TimeSpan Stream(SnoopingPath path, TimeSpan time, bool stopAtFirst)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan next = TimeSpan.Zero;
        while (Stopwatch.GetElapsedTime(start) is TimeSpan elapsed && elapsed < time)
        {
            if (elapsed >= next)
            {
                path.SendOne();
                next += Interval;
            }

            if (path.TakeArrived() > 0 && stopAtFirst)
            {
                return Stopwatch.GetElapsedTime(start);
            }

            Thread.Yield();
        }

        return time;
    }
}
